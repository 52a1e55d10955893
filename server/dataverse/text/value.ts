/**
 * What a column becomes: closures that are chosen once per mapping, bound once per record batch and called once per row.
 * Each reads straight from the column's buffers.
 */
import type { Column, Field, RecordBatch } from "../../arrow/columns.ts";
import type { Bytes } from "./bytes.ts";

/**
 * Writes the value of a row that is present. A text in return is why it cannot be sent: it completes "The value for x is
 * …" and never holds the value. What was written until then is the caller's to truncate.
 */
export type WriteValue = (row: number, out: Bytes) => string | undefined;

export type BindColumn = (column: Column) => WriteValue;

/** What of an input column decides how it is written. */
export type Source = Pick<Field, "type" | "children">;

/** How one column is written in the three places a value can stand. */
export interface Codec {
  /** As a JSON value. */
  readonly json: BindColumn;
  /** The same without its quotes, where it is always a text. */
  readonly unquoted?: BindColumn;
  /** As a literal in a key's URL. */
  readonly literal: BindColumn;
  /** As bytes that are equal for two values that the service may hold to be equal. */
  readonly folded: BindColumn;
}

/** Returned for what makes a row longer than it may be. */
export const TOO_LARGE = "larger than a row may be";

/**
 * A row's part of a batch, headers included: a memo of 1,048,576 characters, the longest there is, fits in any script. Far below
 * what the service takes in one request.
 */
export const ROW_BYTES_MAX = 4_194_304;

/** An input column of a record batch. */
export function columnAt(batch: RecordBatch, index: number): Column {
  const column = batch.columns[index];
  if (column === undefined) throw new RangeError(`no column ${index} in the record batch`);
  return column;
}

export function viewOf(column: Column): DataView {
  const { buffer, byteOffset, byteLength } = column.values;
  return new DataView(buffer, byteOffset, byteLength);
}

/** A codec whose text is the same everywhere: numbers, choices. */
export function bare(bind: BindColumn): Codec {
  return { json: bind, literal: bind, folded: bind };
}

/** A codec whose text stands in quotes in JSON and bare in a URL: dates, GUIDs. */
export function quoted(bind: BindColumn): Codec {
  const json: BindColumn = (column) => {
    const write = bind(column);
    return (row, out) => {
      out.byte(0x22);
      const flaw = write(row, out);
      out.byte(0x22);
      return flaw;
    };
  };
  return { json, unquoted: bind, literal: bind, folded: bind };
}
