/** What one stream has learned of the letters that the service takes for others, so that keys which are one row get one id. */
import { asSidecarError } from "../../core/errors.ts";
import type { LetterQuestion } from "../../dataverse/finding/letters.ts";
import { lettersIn, questionOf } from "../../dataverse/finding/letters.ts";
import type { KeyAttribute, KeyTexts } from "../../dataverse/keys/find-key.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Finder } from "./finder.ts";

export class Letters {
  readonly #finder: Pick<Finder, "find">;
  /** By letter, whether it is another; undefined where the service did not say. Bounded by the letters that there are. */
  readonly #known = new Map<string, boolean | undefined>();

  constructor(finder: Pick<Finder, "find">) {
    this.#finder = finder;
  }

  /**
   * Asks about the letters of these keys that were not asked about before; most keys have none.
   * @throws SidecarError as `Finder.find`, but for a refusal, which leaves them unknown.
   */
  async learn(by: readonly KeyAttribute[], keys: readonly KeyTexts[], lane: Lane): Promise<void> {
    const letters = new Set(keys.flatMap((key) => lettersIn(by, key)));
    const questions = [...letters].filter((letter) => !this.#known.has(letter)).map(ask);
    const answerable = questions.flatMap(({ question }) => question ?? []);
    const found = await this.#find(answerable, lane);
    for (const { letter } of questions) this.#known.set(letter, undefined);
    for (const [i, { letter }] of answerable.entries()) {
      if (found[2 * i] === true) this.#known.set(letter, found[2 * i + 1] === true);
    }
  }

  /** Whether it is known of each letter of the key which it is. */
  knows(by: readonly KeyAttribute[], key: KeyTexts): boolean {
    return lettersIn(by, key).every((letter) => this.#known.get(letter) !== undefined);
  }

  readonly isOther = (letter: string): boolean => this.#known.get(letter) === true;

  async #find(questions: readonly LetterQuestion[], lane: Lane): Promise<readonly boolean[]> {
    const [first] = questions;
    if (first === undefined) return [];
    try {
      const keys = questions.flatMap((question) => question.keys);
      return (await this.#finder.find(first.by, keys, lane)).map((rows) => rows.length > 0);
    } catch (thrown) {
      const { code } = asSidecarError(thrown);
      if (code === "row_forbidden" || code === "row_rejected") return [];
      throw thrown;
    }
  }
}

function ask(letter: string): { readonly letter: string; readonly question: LetterQuestion | undefined } {
  return { letter, question: questionOf(letter) };
}
