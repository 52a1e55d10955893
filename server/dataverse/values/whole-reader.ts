/** Whole numbers from whatever holds them: integers, and the decimals and floats that databases and data frames make of them. */
import type { Column, ColumnType } from "../../arrow/columns.ts";
import { viewOf } from "../text/value.ts";
import { integerReader } from "./number-codec.ts";

const TWO_32 = 4_294_967_296;

/** Beyond this a power of ten is no longer exact as a double. */
const SCALE_MAX = 15;

export function holdsWhole(type: ColumnType): boolean {
  if (type.kind === "decimal") return type.bits <= 128 && type.scale >= 0 && type.scale <= SCALE_MAX;
  return type.kind === "int" || (type.kind === "float" && type.bits >= 32);
}

/** The values of a column that `holdsWhole`; NaN for what is not whole or beyond 2^53. */
export function wholeReader(column: Column): (row: number) => number {
  const { type } = column.field;
  if (type.kind === "decimal") return decimalReader(column, type);
  if (type.kind !== "float") return integerReader(column);
  const view = viewOf(column);
  return type.bits === 32
    ? (row) => whole(view.getFloat32(4 * row, true))
    : (row) => whole(view.getFloat64(8 * row, true));
}

function whole(value: number): number {
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

function decimalReader(column: Column, type: ColumnType & { readonly kind: "decimal" }): (row: number) => number {
  const view = viewOf(column);
  const words = type.bits / 32;
  const power = 10 ** type.scale;
  return (row) => {
    const at = 4 * words * row;
    if (words === 1) return whole(view.getInt32(at, true) / power);
    const high = view.getInt32(at + 4, true);
    const sign = high >> 31;
    for (let word = 2; word < words; word++) if (view.getInt32(at + 4 * word, true) !== sign) return Number.NaN;
    const unscaled = high * TWO_32 + view.getUint32(at, true);
    return Number.isSafeInteger(unscaled) && unscaled % power === 0 ? unscaled / power : Number.NaN;
  };
}
