/** The dictionaries of one stream: kept until replaced, extended by deltas, and put in place of the indexes that name them. */
import type { Column } from "./columns.ts";
import { isNull } from "./columns.ts";
import { concat, emptyColumn } from "./concat.ts";
import { gather, nullRow } from "./gather.ts";
import type { Allowance } from "./limits.ts";
import { dictionaryBytesMax, malformed, nestedValuesMax, rowsMax, within } from "./limits.ts";
import { exact } from "./message.ts";
import type { EncodedField } from "./wire-schema.ts";
import type { IntType } from "./wire-type.ts";

function bytesOf(column: Column): number {
  const own = column.values.byteLength + column.offsets.byteLength + (column.validity?.byteLength ?? 0);
  return column.children.reduce((bytes, child) => bytes + bytesOf(child), own);
}

/** Values of all nested columns: those of no width are not bounded by bytes. */
function nestedValuesOf(column: Column): number {
  return column.children.reduce((values, child) => values + child.rows + nestedValuesOf(child), 0);
}

/** Reads one index of any integer type. */
function indexReader(type: IntType, values: Uint8Array): (row: number) => number {
  const { buffer, byteOffset, byteLength } = values;
  const view = new DataView(buffer, byteOffset, byteLength);
  switch (type.bits) {
    case 8:
      return type.signed ? (row) => view.getInt8(row) : (row) => view.getUint8(row);
    case 16:
      return type.signed ? (row) => view.getInt16(2 * row, true) : (row) => view.getUint16(2 * row, true);
    case 32:
      return type.signed ? (row) => view.getInt32(4 * row, true) : (row) => view.getUint32(4 * row, true);
    case 64:
      return (row) => exact(view, 8 * row);
  }
}

/** @throws SidecarError malformed_arrow if an index of a row that is not null is outside of the dictionary. */
function checkedPicks(type: IntType, indexes: Column, dictionaryRows: number): Int32Array {
  const indexAt = indexReader(type, indexes.values);
  const picks = new Int32Array(indexes.rows);
  for (let row = 0; row < indexes.rows; row++) {
    const index = isNull(indexes, row) ? nullRow : indexAt(row);
    if (index < nullRow || index >= dictionaryRows || (index === nullRow && !isNull(indexes, row))) {
      throw malformed("An index points outside of its dictionary.");
    }
    picks[row] = index;
  }
  return picks;
}

export class Dictionaries {
  readonly #columns = new Map<bigint, Column>();

  /**
   * Puts the values in the place of the earlier dictionary of that id, or behind it. They are copied: a column is a view, and
   * would keep the whole message that it came in.
   * @throws SidecarError malformed_arrow, limit_exceeded
   */
  put(id: bigint, values: Column, delta: boolean): void {
    const base = delta ? this.#columns.get(id) : emptyColumn(values.field);
    if (base === undefined) throw malformed("A dictionary delta came before its dictionary.");
    let bytes = bytesOf(base) + bytesOf(values);
    for (const [other, column] of this.#columns) if (other !== id) bytes += bytesOf(column);
    within(bytes, dictionaryBytesMax, "bytes of dictionaries in its stream");
    within(base.rows + values.rows, rowsMax, "values in one dictionary");
    within(nestedValuesOf(base) + nestedValuesOf(values), nestedValuesMax, "values in nested columns");
    this.#columns.set(id, concat(base, values));
  }

  /** The values that the indexes name. @throws SidecarError malformed_arrow, limit_exceeded */
  resolve(wire: EncodedField, indexes: Column, allowance: Allowance): Column {
    const { id, index } = wire.dictionary;
    const dictionary = this.#columns.get(id);
    // Allowed by the format while no row uses it.
    if (dictionary === undefined && indexes.rows > 0) throw malformed("A record batch came before its dictionary.");
    if (dictionary === undefined) return emptyColumn(wire.field);
    allowance.take(4 * indexes.rows);
    const picks = checkedPicks(index, indexes, dictionary.rows);
    return { ...gather(dictionary, picks, allowance), field: wire.field };
  }
}
