/** Every kind of key: the input columns that name row number `k`, and what a row of it holds that stands there before. */
import type { Column } from "../../server/arrow/columns.ts";
import { date32, decimal128, int32, text } from "../support/columns.ts";
import { targets } from "./matrix-columns.ts";

export interface KeyKind {
  readonly name: string;
  readonly matchOn: readonly string[];
  readonly of: (keys: readonly number[]) => readonly Column[];
  readonly seed: (k: number) => Readonly<Record<string, unknown>>;
}

const dayMs = 86_400_000;
const idAt = (k: number): string => `0000abcd-0000-4000-8000-${String(k).padStart(12, "0")}`;
const targetAt = (k: number): string => targets[k % targets.length]?.id ?? "";
/** Dataverse takes both spellings for one. */
const spelt = (code: string, i: number): string => (i % 2 === 0 ? code : `${code.toUpperCase()} `);

export const keyKinds: readonly KeyKind[] = [
  {
    name: "primary",
    matchOn: ["x_itemid"],
    of: (keys) => [text("x_itemid", keys.map(idAt))],
    seed: (k) => ({ x_itemid: idAt(k) }),
  },
  {
    name: "alternate of one column",
    matchOn: ["x_code"],
    of: (keys) => [
      text(
        "x_code",
        keys.map((k, i) => spelt(`code-${k}`, i)),
      ),
    ],
    seed: (k) => ({ x_code: `code-${k}` }),
  },
  {
    name: "alternate with reserved characters",
    matchOn: ["x_code"],
    of: (keys) => [
      text(
        "x_code",
        keys.map((k) => `c/o 'k'#${k}?&%+\\ü`),
      ),
    ],
    seed: (k) => ({ x_code: `c/o 'k'#${k}?&%+\\ü` }),
  },
  {
    name: "alternate of two columns",
    matchOn: ["x_region", "x_serial"],
    of: (keys) => [
      text(
        "x_region",
        keys.map((k) => `R${k % 2}`),
      ),
      int32("x_serial", keys),
    ],
    seed: (k) => ({ x_region: `R${k % 2}`, x_serial: k }),
  },
  {
    name: "alternate of a decimal",
    matchOn: ["x_rate"],
    of: (keys) => [
      decimal128(
        "x_rate",
        keys.map((k) => `${k}.5`),
        { precision: 10, scale: 4 },
      ),
    ],
    seed: (k) => ({ x_rate: k + 0.5 }),
  },
  {
    name: "alternate of a date and a lookup",
    matchOn: ["x_date", "x_shop"],
    of: (keys) => [
      date32(
        "x_date",
        keys.map((k) => 20_000 + (k >> 1)),
      ),
      text("x_shop", keys.map(targetAt)),
    ],
    seed: (k) => ({
      x_date: new Date((20_000 + (k >> 1)) * dayMs).toISOString().slice(0, 10),
      "x_shop@odata.bind": `/x_targets(${targetAt(k)})`,
    }),
  },
  {
    name: "business key",
    matchOn: ["x_tag"],
    of: (keys) => [
      text(
        "x_tag",
        keys.map((k, i) => spelt(`tag ${k}`, i)),
      ),
    ],
    seed: (k) => ({ x_tag: `tag ${k}` }),
  },
];
