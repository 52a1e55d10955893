/** Every attribute type of a row: an input column for each, and what must stand in the table afterwards, said without the encoder. */
import type { Column } from "../../server/arrow/columns.ts";
import type { ColumnRequest } from "../../server/dataverse/request.ts";
import {
  binary,
  bool,
  date32,
  decimal128,
  fixedBinary,
  float64,
  int32,
  int64,
  list,
  text,
  timestamp,
} from "../support/columns.ts";

/** Rows that lookups point to: number and id. */
export const targets = [0, 1, 2, 3].map((nth) => ({
  number: `T${nth}`,
  id: `0000feed-0000-4000-8000-00000000000${nth}`,
}));

export interface TypedColumn {
  readonly target: string;
  /** Values numbered `n`, one a row. */
  readonly of: (numbers: readonly number[]) => readonly Column[];
  /** What stands in the table for value number `n`, as the emulator's side door shows it. */
  readonly stands: (n: number) => unknown;
  readonly request?: Partial<ColumnRequest>;
  /** A value that the attribute cannot hold, and words of the limit that its failure names. */
  readonly bad?: { readonly of: () => readonly Column[]; readonly says: RegExp; readonly value: string };
}

const idAt = (n: number): string => targets[n % targets.length]?.id ?? "";
const numberAt = (n: number): string => targets[n % targets.length]?.number ?? "";
const guidAt = (n: number): string => `0000c0de-0000-4000-8000-${String(n).padStart(12, "0")}`;
const dayMs = 86_400_000;
const dayAt = (n: number): string => new Date((n - 40_000) * dayMs).toISOString().slice(0, 10);
const secondsAt = (n: number): number => 1_700_000_000 + n;
const instantAt = (n: number): string => new Date(secondsAt(n) * 1000).toISOString().replace(".000", "");
const labels = ["Red", "Green", "Blue"];
const shades = [1, 2, 100_000_000];

export const typedColumns: readonly TypedColumn[] = [
  {
    target: "x_text",
    of: (numbers) => [
      text(
        "x_text",
        numbers.map((n) => `${n} "q" \\ é 😀 --dataverse-flight`),
      ),
    ],
    stands: (n) => `${n} "q" \\ é 😀 --dataverse-flight`,
    bad: { of: () => [text("x_text", ["z".repeat(61)])], says: /60/, value: "zzz" },
  },
  {
    target: "x_memo",
    of: (numbers) => [
      text(
        "x_memo",
        numbers.map((n) => `${n}\r\nline\t`.repeat(50).trim()),
      ),
    ],
    stands: (n) => `${n}\r\nline\t`.repeat(50).trim(),
    bad: { of: () => [text("x_memo", ["bell \u0007"])], says: /character/i, value: "bell" },
  },
  {
    target: "x_int",
    of: (numbers) => [
      int32(
        "x_int",
        numbers.map((n) => (n % 2 === 0 ? n : -n)),
      ),
    ],
    stands: (n) => (n % 2 === 0 ? n : -n),
    bad: { of: () => [int32("x_int", [40_404])], says: /40000/, value: "40404" },
  },
  {
    target: "x_big",
    of: (numbers) => [
      int64(
        "x_big",
        numbers.map((n) => 9_007_199_254_740_993n + BigInt(n)),
      ),
    ],
    stands: (n) => String(9_007_199_254_740_993n + BigInt(n)),
  },
  {
    target: "x_decimal",
    of: (numbers) => [
      decimal128(
        "x_decimal",
        numbers.map((n) => `-${n}.0000000001`),
        { precision: 21, scale: 10 },
      ),
    ],
    stands: (n) => `-${n}.0000000001`,
    bad: {
      of: () => [decimal128("x_decimal", ["300000.5"], { precision: 21, scale: 10 })],
      says: /200000/,
      value: "300000.5",
    },
  },
  {
    target: "x_money",
    of: (numbers) => [
      decimal128(
        "x_money",
        numbers.map((n) => `${n}.25`),
        { precision: 19, scale: 2 },
      ),
    ],
    stands: (n) => `${n}.25`,
    bad: { of: () => [decimal128("x_money", ["-7.77"], { precision: 19, scale: 2 })], says: /\b0\b/, value: "7.77" },
  },
  {
    target: "x_float",
    of: (numbers) => [
      float64(
        "x_float",
        numbers.map((n) => n / 8),
      ),
    ],
    stands: (n) => n / 8,
    bad: { of: () => [float64("x_float", [Number.NaN])], says: /NaN|not a number|finite/i, value: "\u0000" },
  },
  {
    target: "x_flag",
    of: (numbers) => [
      bool(
        "x_flag",
        numbers.map((n) => n % 2 === 0),
      ),
    ],
    stands: (n) => n % 2 === 0,
  },
  {
    target: "x_shade",
    of: (numbers) => [
      int32(
        "x_shade",
        numbers.map((n) => shades[n % 3] ?? 1),
      ),
    ],
    stands: (n) => shades[n % 3],
    bad: { of: () => [int32("x_shade", [4711])], says: /choice|option|value/i, value: "4711" },
  },
  {
    target: "x_label",
    of: (numbers) => [
      text(
        "x_label",
        numbers.map((n) => labels[n % 3] ?? ""),
      ),
    ],
    request: { choice: { by: "LABEL", language: 1033 } },
    stands: (n) => shades[n % 3],
    bad: { of: () => [text("x_label", ["Mauve"])], says: /label/i, value: "Mauve" },
  },
  {
    target: "x_several",
    of: (numbers) => [
      list(
        "x_several",
        numbers.map((n) => (n % 2 === 0 ? [9, 1] : [14])),
        (items) => int32("item", items),
      ),
    ],
    stands: (n) => (n % 2 === 0 ? "1,9" : "14"),
  },
  {
    target: "x_minutes",
    of: (numbers) => [
      int32(
        "x_minutes",
        numbers.map((n) => n * 5),
      ),
    ],
    stands: (n) => n * 5,
  },
  {
    target: "x_instant",
    of: (numbers) => [
      timestamp(
        "x_instant",
        numbers.map((n) => BigInt(secondsAt(n)) * 1_000_000n),
      ),
    ],
    stands: instantAt,
    bad: { of: () => [timestamp("x_instant", [-9_000_000_000_000_000n])], says: /1753|year/i, value: "9000000000" },
  },
  {
    target: "x_wall",
    of: (numbers) => [
      timestamp(
        "x_wall",
        numbers.map((n) => BigInt(secondsAt(n)) * 1_000_000n),
        { zone: null },
      ),
    ],
    request: { timestamp: { naive: "UTC" } },
    stands: instantAt,
  },
  {
    target: "x_day",
    of: (numbers) => [
      date32(
        "x_day",
        numbers.map((n) => n - 40_000),
      ),
    ],
    stands: dayAt,
  },
  {
    target: "x_guid",
    of: (numbers) => [
      fixedBinary(
        "x_guid",
        numbers.map((n) => Buffer.from(guidAt(n).replaceAll("-", ""), "hex")),
        16,
      ),
    ],
    stands: guidAt,
  },
  {
    target: "x_byid",
    of: (numbers) => [text("x_byid", numbers.map(idAt))],
    request: { lookup: { table: "x_target", by: ["x_targetid"] } },
    stands: (n) => ({ table: "x_target", id: idAt(n) }),
    bad: { of: () => [text("x_byid", ["no guid"])], says: /GUID/i, value: "no guid" },
  },
  {
    target: "x_bykey",
    of: (numbers) => [text("x_bykey", numbers.map(numberAt))],
    request: { lookup: { table: "x_target", by: ["x_number"] } },
    stands: (n) => ({ table: "x_target", id: idAt(n) }),
  },
  {
    target: "x_byname",
    of: (numbers) => [
      text(
        "x_byname",
        numbers.map((n) => `name of ${numberAt(n)}`),
      ),
    ],
    request: { lookup: { table: "x_target", by: ["x_name"] } },
    stands: (n) => ({ table: "x_target", id: idAt(n) }),
  },
  {
    target: "x_buyer",
    of: (numbers) => [
      text("x_buyer", numbers.map(idAt)),
      text(
        "x_buyer_table",
        numbers.map((n) => (n % 2 === 0 ? "account" : "contact")),
      ),
    ],
    request: { lookup: { by: [], tableFrom: "x_buyer_table" } },
    stands: (n) => ({ table: n % 2 === 0 ? "account" : "contact", id: idAt(n) }),
  },
  {
    target: "x_picture",
    of: (numbers) => [
      binary(
        "x_picture",
        numbers.map((n) => Buffer.from(`GIF89a${n}`)),
      ),
    ],
    stands: (n) => Buffer.from(`GIF89a${n}`).toString("base64"),
    bad: { of: () => [binary("x_picture", [Buffer.alloc(2000, "pix")])], says: /\b1 KiB/, value: "pix" },
  },
];

export const matrixYaml = `
tables:
  x_target:
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 100}
      x_number: {type: text, max_length: 20}
    keys: {x_bynumber: [x_number]}
  x_item:
    primary_name: x_name
    primary_image: x_picture
    keys:
      x_bycode: [x_code]
      x_bypair: [x_region, x_serial]
      x_byrate: [x_rate]
      x_bydate: [x_date, x_shop]
    columns:
      x_name: {type: text, max_length: 100}
      x_code: {type: text, max_length: 100}
      x_region: {type: text, max_length: 20}
      x_serial: {type: integer}
      x_rate: {type: decimal, precision: 4}
      x_date: {type: dateonly}
      x_shop: {type: lookup, targets: [x_target]}
      x_tag: {type: text, max_length: 100}
      x_text: {type: text, max_length: 60}
      x_memo: {type: memo, max_length: 4000}
      x_int: {type: integer, min: -40000, max: 40000}
      x_big: {type: bigint}
      x_decimal: {type: decimal, precision: 10, min: "-200000", max: "200000"}
      x_money: {type: money, precision: 4, min: 0, max: 1000000}
      x_float: {type: float, precision: 5}
      x_flag: {type: boolean}
      x_shade: {type: choice, options: {1: Red, 2: Green, 100000000: Blue}}
      x_label: {type: choice, options: {1: Red, 2: Green, 100000000: Blue}}
      x_several: {type: multiselect, options: {1: Chess, 9: Go, 14: Skat}}
      x_minutes: {type: duration}
      x_instant: {type: datetime}
      x_wall: {type: datetime, behavior: TimeZoneIndependent}
      x_day: {type: dateonly}
      x_guid: {type: guid}
      x_byid: {type: lookup, targets: [x_target]}
      x_bykey: {type: lookup, targets: [x_target]}
      x_byname: {type: lookup, targets: [x_target]}
      x_buyer: {type: customer}
      x_picture: {type: image, max_size_kb: 1}
`;
