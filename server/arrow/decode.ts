/**
 * Takes the messages of one stream and gives its record batches as plain columns. After it no byte of the client is looked at
 * again without having been checked: whatever a client sends ends here as a batch or as an error, in time bounded by its size.
 */
import { SidecarError } from "../core/errors.ts";
import { ColumnReader } from "./column-reader.ts";
import type { Column, RecordBatch, Schema } from "./columns.ts";
import { describe } from "./describe.ts";
import { Dictionaries } from "./dictionaries.ts";
import { Allowance, malformed, resolvedBytesMax } from "./limits.ts";
import type { BatchLayout, Message } from "./message.ts";
import { readMessage } from "./message.ts";
import type { WireField } from "./wire-schema.ts";
import { readWireSchema } from "./wire-schema.ts";

export type Arrival =
  | { readonly kind: "schema"; readonly schema: Schema }
  | { readonly kind: "record_batch"; readonly batch: RecordBatch }
  /** Kept by the decoder; nothing for anyone else. */
  | { readonly kind: "dictionary" };

function sameValues(a: WireField, b: WireField): boolean {
  return describe(a.field.type, a.field.children) === describe(b.field.type, b.field.children);
}

/** Which field each dictionary belongs to. Fields may share one if their values are of one type. */
function dictionaryFields(fields: readonly WireField[], found = new Map<bigint, WireField>()): Map<bigint, WireField> {
  for (const wire of fields) {
    dictionaryFields(wire.children, found);
    if (wire.dictionary === undefined) continue;
    const other = found.get(wire.dictionary.id);
    if (other !== undefined && !sameValues(other, wire)) {
      throw malformed("Two columns of different types share a dictionary.");
    }
    found.set(wire.dictionary.id, wire);
  }
  return found;
}

/** How much larger than its bytes the memory may be that they lie in. */
const slackMax = 1.125;

/** A copy, if the bytes would keep much more memory than their own: a small message lies in the buffer of a whole read. */
function compact(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  // Not slice(): a Buffer's slice is a view of the same memory.
  return buffer.byteLength > byteLength * slackMax
    ? new Uint8Array(bytes)
    : new Uint8Array(buffer, byteOffset, byteLength);
}

/** Node's pool of small buffers is smaller, and others have their bytes in it. */
const ownBytesLeast = 128 * 1024;

/** A large buffer that outlives some hundred milliseconds would wait for a major collection, and tens of MiB with it. */
function free({ buffer, byteLength }: Uint8Array): void {
  const isOwn = buffer.byteLength >= ownBytesLeast && byteLength * 2 > buffer.byteLength;
  if (isOwn && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

export class StreamDecoder {
  readonly #dictionaries = new Dictionaries();
  #fields: readonly WireField[] | undefined;
  #dictionaryFields: ReadonlyMap<bigint, WireField> = new Map();

  /**
   * Takes one message: bare `Message` and body. The batch's columns may be views of `body`, and are freed with it.
   * @throws SidecarError malformed_arrow, limit_exceeded, schema_mismatch; schema_changed for a second schema.
   */
  read(header: Uint8Array, body: Uint8Array): Arrival {
    const message = readMessage(header, body.byteLength);
    switch (message.kind) {
      case "schema":
        return this.#schema(message);
      case "dictionary":
        this.#dictionary(message, body);
        return { kind: "dictionary" };
      case "record_batch":
        return { kind: "record_batch", batch: this.#recordBatch(message.batch, body) };
    }
  }

  #schema(message: Message & { readonly kind: "schema" }): Arrival {
    if (this.#fields !== undefined) {
      throw new SidecarError("schema_changed", "A second schema came on the stream.", {
        remedy: "Open a stream for each schema.",
      });
    }
    const fields = readWireSchema(message.schema);
    this.#dictionaryFields = dictionaryFields(fields);
    this.#fields = fields;
    return { kind: "schema", schema: { fields: fields.map(({ field }) => field) } };
  }

  #dictionary(message: Message & { readonly kind: "dictionary" }, body: Uint8Array): void {
    const wire = this.#dictionaryFields.get(message.id);
    if (wire === undefined) throw malformed("A dictionary belongs to no column of the schema.");
    const { columns } = this.#columns([{ ...wire, dictionary: undefined }], message.batch, compact(body));
    for (const values of columns) this.#dictionaries.put(message.id, values, message.delta);
  }

  #recordBatch(layout: BatchLayout, body: Uint8Array): RecordBatch {
    if (this.#fields === undefined) throw malformed("A record batch came before the schema.");
    const own = compact(body);
    const { columns, resolvedBytes } = this.#columns(this.#fields, layout, own);
    return { rows: layout.rows, bytes: body.byteLength + resolvedBytes, columns, free: () => free(own) };
  }

  #columns(
    fields: readonly WireField[],
    layout: BatchLayout,
    body: Uint8Array,
  ): { readonly columns: readonly Column[]; readonly resolvedBytes: number } {
    const allowance = new Allowance(resolvedBytesMax, "bytes when dictionaries and views are resolved");
    const reader = new ColumnReader(layout, body, allowance, (wire, indexes) =>
      this.#dictionaries.resolve(wire, indexes, allowance),
    );
    return { columns: reader.readAll(fields), resolvedBytes: allowance.spent };
  }
}
