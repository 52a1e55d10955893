/** The columns of any table. */
import fc from "fast-check";
import { laterColumn, states } from "./any-later.ts";
import type { AnyColumn } from "./model-columns.ts";
import { images, plainColumn } from "./model-columns.ts";

/** A table has one image that is set when a row is made, and one state. */
function isFirst(column: AnyColumn, i: number, columns: readonly AnyColumn[]): boolean {
  return (column !== images && column !== states) || columns.indexOf(column) === i;
}

export const anyColumns: fc.Arbitrary<readonly AnyColumn[]> = fc
  .array(fc.oneof({ weight: 8, arbitrary: plainColumn }, { weight: 1, arbitrary: laterColumn }), {
    minLength: 2,
    maxLength: 8,
  })
  .map((columns) => columns.filter(isFirst));
