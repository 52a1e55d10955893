/** The golden Arrow streams that pyarrow wrote (`golden-arrow.py`), and what they hold. */
import { readFileSync } from "node:fs";
import type { RecordBatch, Schema } from "../../server/arrow/columns.ts";
import type { Arrival } from "../../server/arrow/decode.ts";
import { StreamDecoder } from "../../server/arrow/decode.ts";

export interface WireMessage {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

export interface Expected {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly batches: readonly Readonly<Record<string, readonly unknown[]>>[];
}

export const goldenNames = [
  "dictionaries",
  "large-types",
  "nested-dictionaries",
  "other-types",
  "slices",
  "small",
  "spark-types",
  "views",
  "zero-rows",
  "zero-rows-large",
  "zero-rows-views",
] as const;

export type GoldenName = (typeof goldenNames)[number];

function locate(name: string): URL {
  return new URL(`golden/${name}`, import.meta.url);
}

/** Of `compressed` there is nothing to expect but a refusal. */
export function goldenMessages(name: GoldenName | "compressed"): readonly WireMessage[] {
  const bytes = new Uint8Array(readFileSync(locate(`${name}.bin`)));
  const view = new DataView(bytes.buffer);
  const messages: WireMessage[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const body = at + 8 + view.getUint32(at, true);
    const end = body + view.getUint32(at + 4, true);
    messages.push({ header: bytes.slice(at + 8, body), body: bytes.slice(body, end) });
    at = end;
  }
  return messages;
}

export function goldenExpected(name: GoldenName): Expected {
  return JSON.parse(readFileSync(locate(`${name}.json`), "utf8")) as Expected;
}

/** Everything that a stream holds. */
export interface Decoded {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
}

export function decodeAll(messages: readonly WireMessage[]): Decoded {
  const decoder = new StreamDecoder();
  const arrivals: Arrival[] = messages.map(({ header, body }) => decoder.read(header, body));
  const schema = arrivals.find((arrival) => arrival.kind === "schema")?.schema;
  if (schema === undefined) throw new Error("The stream has no schema.");
  return { schema, batches: arrivals.flatMap((arrival) => (arrival.kind === "record_batch" ? [arrival.batch] : [])) };
}
