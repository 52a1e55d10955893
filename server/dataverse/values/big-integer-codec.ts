/** Integers to big-integer attributes, exact over all 64 bits: from their two words, never through a double that could not hold them. */
import type { Column } from "../../arrow/columns.ts";
import type { Bytes } from "../text/bytes.ts";
import type { Limits } from "../text/scaled.ts";
import { aboveMaximum, belowMinimum } from "../text/scaled.ts";
import type { BindColumn, WriteValue } from "../text/value.ts";
import { viewOf } from "../text/value.ts";
import { integerReader } from "./number-codec.ts";

const TWO_32 = 4_294_967_296;
const INT64_MAX = "9223372036854775807";

/** @param limits safe integers as decimal texts; without them the attribute holds every signed 64-bit integer. */
export function bigInteger(limits: Limits): BindColumn {
  // A value beyond 2^53 is rounded for the comparison, but never across a limit, which is less.
  const min = Number(limits.min ?? Number.NEGATIVE_INFINITY);
  const max = Number(limits.max ?? Number.POSITIVE_INFINITY);
  const below = belowMinimum(limits.min);
  const above = aboveMaximum(limits.max ?? INT64_MAX);
  return (column) => {
    const words = wordWriter(column, { min, max, below, above });
    if (words !== undefined) return words;
    const read = integerReader(column);
    return (row, out) => {
      const value = read(row);
      if (value < min) return below;
      if (value > max) return above;
      out.integer(value);
      return undefined;
    };
  };
}

/** And what a value outside of it is. */
interface Range {
  readonly min: number;
  readonly max: number;
  readonly below: string;
  readonly above: string;
}

/** Undefined for integers of at most 32 bits. */
function wordWriter(column: Column, { min, max, below, above }: Range): WriteValue | undefined {
  const { type } = column.field;
  if (type.kind !== "int" || type.bits !== 64) return undefined;
  const view = viewOf(column);
  const { signed } = type;
  return (row, out) => {
    const low = view.getUint32(8 * row, true);
    const word = view.getInt32(8 * row + 4, true);
    const high = signed ? word : word >>> 0;
    const value = high * TWO_32 + low;
    if (value < min) return below;
    if (value > max || high >= 0x8000_0000) return above;
    if (high >= 0) writeMagnitude(high, low, out);
    else {
      out.byte(0x2d);
      // Two's complement; the words of -2^63 stay as they are, read without a sign.
      writeMagnitude((~high + (low === 0 ? 1 : 0)) >>> 0, -low >>> 0, out);
    }
    return undefined;
  };
}

/** Divides by a million: a rest below it times 2^32 stays below 2^53. */
function writeMagnitude(high: number, low: number, out: Bytes): void {
  if (high < 0x20_0000) {
    out.integer(high * TWO_32 + low);
    return;
  }
  const quotient = Math.floor(high / 1e6);
  const middle = (high - quotient * 1e6) * TWO_32 + low;
  const lower = Math.floor(middle / 1e6);
  out.integer(quotient * TWO_32 + lower);
  out.reserve(6);
  out.digits(middle - lower * 1e6, 6);
}
