/** Writes columns as the header and body of one record batch message: the counterpart of the column reader. */
import type { Column } from "./columns.ts";
import { countBits, layoutOf } from "./layout.ts";

/** What a FlightData message carries, without length prefixes. */
export interface Encoded {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

interface Parts {
  readonly nodes: { readonly rows: number; readonly nulls: number }[];
  readonly buffers: Uint8Array[];
}

function bytesOf(offsets: Int32Array, large: boolean): Uint8Array {
  const written = large ? BigInt64Array.from(offsets, BigInt) : offsets;
  return new Uint8Array(written.buffer, written.byteOffset, written.byteLength);
}

function isLarge(column: Column): boolean {
  const { type } = column.field;
  return "large" in type && type.large;
}

/** Nodes and buffers, depth first. Validity is empty where no row is null. */
function collect(column: Column, parts: Parts): void {
  const { rows, validity, values, offsets, children } = column;
  const layout = layoutOf(column.field.type);
  const nulls = validity === undefined ? 0 : rows - countBits(validity, rows);
  parts.nodes.push({ rows, nulls: layout.kind === "none" ? rows : nulls });
  if (layout.kind === "none") return;
  parts.buffers.push(nulls === 0 || validity === undefined ? new Uint8Array(0) : validity);
  if (layout.kind === "bytes" || layout.kind === "list") parts.buffers.push(bytesOf(offsets, isLarge(column)));
  if (layout.kind === "bits" || layout.kind === "fixed" || layout.kind === "bytes") parts.buffers.push(values);
  for (const child of children) collect(child, parts);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/**
 * Places of a `Message` with a `RecordBatch` in it (Arrow's Message.fbs), laid out by hand because only the two vectors vary:
 * root offset, layout and table of the message, layout and table of the batch, vector of nodes, vector of buffers.
 */
const at = { messageLayout: 4, message: 20, batchLayout: 40, batch: 52, nodes: 80 } as const;
const metadataV5 = 4;
const recordBatchKind = 3;

function writeHeader(parts: Parts, rows: number, bodyBytes: number): Uint8Array {
  const buffersAt = at.nodes + 16 * parts.nodes.length + 8;
  const header = new Uint8Array(buffersAt + 16 * parts.buffers.length);
  const view = new DataView(header.buffer);
  const uint16s = (start: number, numbers: readonly number[]): void => {
    for (const [i, number] of numbers.entries()) view.setUint16(start + 2 * i, number, true);
  };
  view.setUint32(0, at.message, true);
  // A layout is its own size, the table's size, then where each field is: version, kind, header, body length.
  uint16s(at.messageLayout, [12, 20, 16, 18, 12, 4]);
  view.setInt32(at.message, at.message - at.messageLayout, true);
  view.setBigInt64(at.message + 4, BigInt(bodyBytes), true);
  view.setUint32(at.message + 12, at.batch - (at.message + 12), true);
  view.setInt16(at.message + 16, metadataV5, true);
  view.setUint8(at.message + 18, recordBatchKind);
  // Length, nodes, buffers.
  uint16s(at.batchLayout, [10, 20, 4, 12, 16]);
  view.setInt32(at.batch, at.batch - at.batchLayout, true);
  view.setBigInt64(at.batch + 4, BigInt(rows), true);
  // An offset points to its vector's length, which lies right before the first element.
  view.setUint32(at.batch + 12, at.nodes - 4 - (at.batch + 12), true);
  view.setUint32(at.batch + 16, buffersAt - 4 - (at.batch + 16), true);
  view.setUint32(at.nodes - 4, parts.nodes.length, true);
  for (const [i, node] of parts.nodes.entries()) writePair(view, at.nodes + 16 * i, node.rows, node.nulls);
  view.setUint32(buffersAt - 4, parts.buffers.length, true);
  let offset = 0;
  for (const [i, buffer] of parts.buffers.entries()) {
    writePair(view, buffersAt + 16 * i, offset, buffer.byteLength);
    offset += padded(buffer.byteLength);
  }
  return header;
}

function writePair(view: DataView, start: number, first: number, second: number): void {
  view.setBigInt64(start, BigInt(first), true);
  view.setBigInt64(start + 8, BigInt(second), true);
}

/** `columns` have `rows` rows each. */
export function writeRecordBatch(columns: readonly Column[], rows: number): Encoded {
  const parts: Parts = { nodes: [], buffers: [] };
  for (const column of columns) collect(column, parts);
  const body = new Uint8Array(parts.buffers.reduce((bytes, buffer) => bytes + padded(buffer.byteLength), 0));
  let offset = 0;
  for (const buffer of parts.buffers) {
    body.set(buffer, offset);
    offset += padded(buffer.byteLength);
  }
  return { header: writeHeader(parts, rows, body.byteLength), body };
}
