/** Every kind of key, for rows of any table: the input columns that name row number `key`, and what a row of it holds. */
import type { Column } from "../../server/arrow/columns.ts";
import { int32, text } from "../support/columns.ts";

/** A null key cannot name a row. */
type Keys = readonly (number | null)[];

export interface AnyKey {
  readonly matchOn: readonly string[];
  readonly of: (keys: Keys, isOdd: readonly boolean[]) => readonly Column[];
  readonly seed: (key: number) => Readonly<Record<string, unknown>>;
  /** Of two spellings in an INSERT: one id, two of which the service refuses one, or two rows. */
  readonly twoSpellings: "same" | "refused" | "rows";
}

const idAt = (key: number): string => `0000abcd-0000-4000-8000-${String(key).padStart(12, "0")}`;

function texts(name: string, spelt: (key: number) => string, odd: (text: string) => string): AnyKey["of"] {
  return (keys, isOdd) => [
    text(
      name,
      keys.map((key, i) => (key === null ? null : isOdd[i] === true ? odd(spelt(key)) : spelt(key))),
    ),
  ];
}

/** The service takes both spellings for one. */
const loudly = (spelt: string): string => `${spelt.toUpperCase()}  `;

export const anyKeys: readonly AnyKey[] = [
  {
    matchOn: ["x_itemid"],
    of: texts("x_itemid", idAt, (id) => id.toUpperCase()),
    seed: (key) => ({ x_itemid: idAt(key) }),
    twoSpellings: "same",
  },
  {
    matchOn: ["x_code"],
    of: texts("x_code", (key) => `o'k #${key}?`, loudly),
    seed: (key) => ({ x_code: `o'k #${key}?` }),
    twoSpellings: "refused",
  },
  {
    matchOn: ["x_region", "x_serial"],
    of: (keys) => [
      text(
        "x_region",
        keys.map((key) => (key === null ? null : `R${key % 2}`)),
      ),
      int32("x_serial", keys),
    ],
    seed: (key) => ({ x_region: `R${key % 2}`, x_serial: key }),
    twoSpellings: "same",
  },
  {
    matchOn: ["x_tag"],
    of: texts("x_tag", (key) => `tag ${key}`, loudly),
    seed: (key) => ({ x_tag: `tag ${key}` }),
    twoSpellings: "rows",
  },
];
