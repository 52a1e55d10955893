/** What each type of column allows: bounds, lengths, precision, and the fields that make sense for it. */
import type { ColumnType } from "./types.ts";

interface Bounds {
  readonly min: string;
  readonly max: string;
  /** Most digits after the point. */
  readonly precision: number;
}

export interface TypeRules {
  readonly bounds: Bounds | undefined;
  /** UTF-16 units. */
  readonly length: { readonly usual: number; readonly most: number } | undefined;
  readonly options: boolean;
  readonly targets: boolean;
  readonly format: string;
  readonly maxSizeKb: number;
}

const plain: TypeRules = {
  bounds: undefined,
  length: undefined,
  options: false,
  targets: false,
  format: "",
  maxSizeKb: 0,
};
const withOptions: TypeRules = { ...plain, options: true };
const withTargets: TypeRules = { ...plain, targets: true };

function number(min: string, max: string, precision: number): TypeRules {
  return { ...plain, bounds: { min, max, precision } };
}

export const typeRules: Readonly<Record<ColumnType, TypeRules>> = {
  text: { ...plain, length: { usual: 100, most: 4000 }, format: "Text" },
  memo: { ...plain, length: { usual: 2000, most: 1_048_576 }, format: "TextArea" },
  integer: { ...number("-2147483648", "2147483647", 0), format: "None" },
  bigint: number("-9223372036854775808", "9223372036854775807", 0),
  decimal: number("-100000000000", "100000000000", 10),
  money: number("-922337203685477", "922337203685477", 4),
  float: number("-100000000000", "100000000000", 5),
  boolean: withOptions,
  choice: withOptions,
  multiselect: withOptions,
  state: withOptions,
  status: withOptions,
  datetime: { ...plain, format: "DateAndTime" },
  dateonly: { ...plain, format: "DateOnly" },
  guid: plain,
  lookup: withTargets,
  image: { ...plain, maxSizeKb: 30_720 },
  file: { ...plain, maxSizeKb: 32_768 },
  partylist: withTargets,
};
