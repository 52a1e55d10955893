/** The message that a FlightData header carries: what kind it is, and for batches where each buffer lies. Values are not looked at. */
import { Table } from "./flatbuffer.ts";
import { malformed, messageBytesMax, rowsMax, within } from "./limits.ts";

/** What a record batch or dictionary batch declares about its body; nothing of it is checked against the body yet. */
export interface BatchLayout {
  readonly rows: number;
  /** Pairs of int64: length and null count of each field, depth first. */
  readonly nodes: DataView;
  /** Pairs of int64: offset and length of each buffer. */
  readonly buffers: DataView;
  /** int64: how many buffers of text or bytes each view column has. */
  readonly viewBuffers: DataView;
}

export type Message =
  | { readonly kind: "schema"; readonly schema: Table }
  | { readonly kind: "record_batch"; readonly batch: BatchLayout }
  | { readonly kind: "dictionary"; readonly id: bigint; readonly delta: boolean; readonly batch: BatchLayout };

/** V4 lays unions out otherwise, which we refuse anyway; what is older has no padding to rely on. */
const versionMin = 3;
const versionMax = 4;

/**
 * A 64-bit count or position as a number.
 * @throws SidecarError malformed_arrow if it is negative or not exact as a number.
 */
export function exact(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  if (high < 0 || high > 0x1f_ffff) throw malformed("A count in the message is out of range.");
  return high * 0x1_0000_0000 + view.getUint32(at, true);
}

function readBatch(table: Table): BatchLayout {
  if (table.table(3) !== undefined) {
    throw malformed(
      "The record batch is compressed, and compressed bodies are not read.",
      "Write without compression: IpcWriteOptions(compression=None).",
    );
  }
  const rows = Number(table.int64(0));
  if (rows < 0) throw malformed("The record batch declares a negative number of rows.");
  within(rows, rowsMax, "rows in one record batch");
  return { rows, nodes: table.structs(1, 16), buffers: table.structs(2, 16), viewBuffers: table.structs(4, 8) };
}

function readDictionary(table: Table): Message {
  const batch = table.table(1);
  if (batch === undefined) throw malformed("A dictionary batch has no values.");
  return { kind: "dictionary", id: table.int64(0), delta: table.flag(2), batch: readBatch(batch) };
}

/**
 * Reads a bare `Message` (no length prefix).
 * @throws SidecarError malformed_arrow, limit_exceeded
 */
export function readMessage(header: Uint8Array, bodyBytes: number): Message {
  within(header.byteLength + bodyBytes, messageBytesMax, "bytes");
  const message = Table.root(header);
  const version = message.int16(0, 0);
  if (version < versionMin || version > versionMax)
    throw malformed("The message is of another metadata version than V4 or V5.");
  const content = message.table(2);
  if (content === undefined) throw malformed("The message has no header.");
  if (Number(message.int64(3)) > bodyBytes) throw malformed("The body is shorter than the message declares.");
  const kind = message.uint8(1);
  switch (kind) {
    case 1:
      return { kind: "schema", schema: content };
    case 2:
      return readDictionary(content);
    case 3:
      return { kind: "record_batch", batch: readBatch(content) };
    default:
      throw malformed(`The message is of kind ${kind}, which is neither schema, dictionary nor record batch.`);
  }
}
