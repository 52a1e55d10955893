/** Arrow messages that a test makes and then breaks: bytes of the writers, with single numbers replaced. */
import type { Column, Field, Schema } from "../../server/arrow/columns.ts";
import type { Arrival } from "../../server/arrow/decode.ts";
import { StreamDecoder } from "../../server/arrow/decode.ts";
import type { Encoded } from "../../server/arrow/record-batch-writer.ts";
import { writeRecordBatch } from "../../server/arrow/record-batch-writer.ts";
import { schemaHeader } from "../../server/arrow/schema-writer.ts";

/** Where the writer puts the numbers that tests break. */
export const place = { bodyLength: 24, version: 36, kind: 38, rows: 56, nodeCount: 76, nodes: 80 } as const;

export function batchOf(...columns: readonly Column[]): Encoded {
  return writeRecordBatch(columns, columns[0]?.rows ?? 0);
}

/** Where node or buffer `index` lies: first number; the second is 8 further. */
export function nodeAt(index: number): number {
  return place.nodes + 16 * index;
}

export function bufferAt(encoded: Encoded, index: number): number {
  const nodes = new DataView(encoded.header.buffer).getUint32(place.nodeCount, true);
  return place.nodes + 16 * nodes + 8 + 16 * index;
}

export function withInt64(encoded: Encoded, at: number, value: bigint): Encoded {
  const header = encoded.header.slice();
  new DataView(header.buffer).setBigInt64(at, value, true);
  return { ...encoded, header };
}

export function withByte(encoded: Encoded, at: number, value: number): Encoded {
  return { ...encoded, header: encoded.header.with(at, value) };
}

export function withBody(encoded: Encoded, change: (view: DataView) => void): Encoded {
  const body = encoded.body.slice();
  change(new DataView(body.buffer));
  return { ...encoded, body };
}

/** The schema of a bare schema message, as the first of a stream. */
export function readSchema(header: Uint8Array): Schema {
  const arrival = new StreamDecoder().read(header, new Uint8Array(0));
  if (arrival.kind !== "schema") throw new Error("The message is no schema.");
  return arrival.schema;
}

/** Reads one message after the schema of `fields`. */
export function readAfter(fields: readonly Field[], encoded: Encoded): Arrival {
  const decoder = new StreamDecoder();
  decoder.read(schemaHeader({ fields }), new Uint8Array(0));
  return decoder.read(encoded.header, encoded.body);
}

/** What the thrown error's code is; undefined if nothing was thrown. */
export function codeOf(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
