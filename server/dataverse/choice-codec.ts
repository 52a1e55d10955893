/** Booleans, and choices by their value. */
import { integerReader } from "./number-codec.ts";
import type { BindColumn } from "./value.ts";

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");

export const boolean: BindColumn = (column) => {
  const { values } = column;
  return (row, out) => {
    out.raw(((values[row >> 3] ?? 0) >> (row & 7)) & 1 ? TRUE : FALSE);
    return undefined;
  };
};

/** @param options the values that the attribute knows; undefined if metadata did not tell. */
export function choice(options: ReadonlyMap<number, string> | undefined): BindColumn {
  const unknown = `a choice value that is not among its ${options?.size ?? 0} options`;
  return (column) => {
    const read = integerReader(column);
    return (row, out) => {
      const value = read(row);
      if (options === undefined ? (value | 0) !== value : !options.has(value)) return unknown;
      out.integer(value);
      return undefined;
    };
  };
}
