/** Views (string_view, binary_view) as offsets and bytes: one layout less for everything that comes after. */
import type { Column } from "./columns.ts";
import { isNull } from "./columns.ts";
import type { Allowance } from "./limits.ts";
import { malformed } from "./limits.ts";

/** A view is 16 bytes: length, then up to 12 bytes of the value itself, or 4 bytes of it, buffer index and offset. */
const viewBytes = 16;
const inlineMax = 12;

function lengthAt(view: DataView, column: Column, row: number): number {
  if (isNull(column, row)) return 0;
  const length = view.getInt32(viewBytes * row, true);
  if (length < 0) throw malformed("A value in a view column has a negative length.");
  return length;
}

/**
 * The column's values are its views, one a row.
 * @throws SidecarError malformed_arrow if a view points outside of its buffer; limit_exceeded if the values, written one by one, exceed the allowance.
 */
export function flattenViews(
  column: Column,
  buffers: readonly Uint8Array[],
  allowance: Allowance,
): Pick<Column, "offsets" | "values"> {
  const { rows, values: views } = column;
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let total = 4 * (rows + 1);
  for (let row = 0; row < rows; row++) total += lengthAt(view, column, row);
  allowance.take(total);
  const offsets = new Int32Array(rows + 1);
  const values = new Uint8Array(total - 4 * (rows + 1));
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const length = lengthAt(view, column, row);
    const at = viewBytes * row;
    const inline = length <= inlineMax;
    const source = inline ? views : buffers[view.getInt32(at + 8, true)];
    const from = inline ? at + 4 : view.getInt32(at + 12, true);
    if (source === undefined || from < 0 || from + length > source.byteLength) {
      throw malformed("A value in a view column lies outside of its buffer.");
    }
    values.set(source.subarray(from, from + length), end);
    end += length;
    offsets[row + 1] = end;
  }
  return { offsets, values };
}
