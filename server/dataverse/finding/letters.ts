/**
 * Letters that an environment may take for others. Its collation is that of its base language, for ever: é is e in some, and ñ is n in
 * some of those. Nothing says which, so it is asked whether it finds a message by its name with the other letter.
 * [learn.microsoft.com: power-platform/admin/language-collations]
 */

import type { KeyAttribute, KeyTexts } from "../keys/find-key.ts";
import { isTextual, sameTexts } from "../keys/find-key.ts";
import { foldText } from "../keys/keys.ts";
import type { FindBy } from "./find.ts";

/** Messages that are in every environment, and have most letters between them. */
const names = [
  ...["create", "update", "delete", "retrievemultiple", "assign", "book", "qualifylead", "whoami", "executeworkflow"],
  ...["initializefrom"],
];

const messages: FindBy = {
  table: { entitySetName: "sdkmessages", primaryId: "sdkmessageid" },
  by: [{ logicalName: "name", kind: "text" }],
  select: [],
};

/** Whether a message is found by its own name, and by that with the letter in it: what is found by neither tells nothing. */
export interface LetterQuestion {
  readonly letter: string;
  readonly by: FindBy;
  readonly keys: readonly [own: KeyTexts, other: KeyTexts];
}

/** Undefined where no message's name holds what the letter may be taken for. */
export function questionOf(letter: string): LetterQuestion | undefined {
  const plain = foldText(letter);
  const name = plain === "" ? undefined : names.find((candidate) => candidate.includes(plain));
  if (name === undefined) return undefined;
  return { letter, by: messages, keys: [[name], [name.replace(plain, letter)]] };
}

/** Letters of a key that may be others, in lower case. */
export function lettersIn(by: readonly KeyAttribute[], key: KeyTexts): readonly string[] {
  const texts = sameTexts(by, key).filter((_, i) => isTextual(by[i]));
  return [...new Set(texts.flatMap((text) => [...text]))].filter(
    (letter) => letter !== " " && foldText(letter) !== letter,
  );
}

/** The same texts for two keys that are one row, as far as is known which letters are others. */
export function equalTexts(by: readonly KeyAttribute[], key: KeyTexts, isOther: (letter: string) => boolean): KeyTexts {
  return sameTexts(by, key).map((text, i) =>
    isTextual(by[i]) ? Array.from(text, (letter) => (isOther(letter) ? foldText(letter) : letter)).join("") : text,
  );
}
