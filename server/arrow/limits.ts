/** What a client may ask of the decoder. Each limit is a number someone chose; none of them may be left out of a check. */
import { SidecarError } from "../core/errors.ts";

/** Header and body of one message, bytes. The Python shim sends about 1 MiB; what is larger is hard to account for. */
export const messageBytesMax = 16 * 1024 * 1024;
/** Fields of a schema, nested ones included. A Dataverse table holds no more columns than that. */
export const columnsMax = 1024;
/** Rows of one record batch. Spark sends 10,000 by default. */
export const rowsMax = 1_000_000;
/** Levels of fields within fields, the column itself being the first. */
export const nestingMax = 8;
/** Flatbuffer tables read in one message: a column takes 2-4, and its metadata one a pair. Tables may be shared, so the bytes do not bound them. */
export const tablesMax = 16 * 1024;
/** Values of all nested columns of one record batch: null and zero-width values take no bytes that would bound them. */
export const nestedValuesMax = 16 * 1024 * 1024;
/** Bytes that one record batch may grow by when its dictionaries, views and 64-bit offsets are resolved. */
export const resolvedBytesMax = 64 * 1024 * 1024;
/** Dictionaries of one stream in all, bytes: they live as long as the stream does and no permit accounts for them. */
export const dictionaryBytesMax = 16 * 1024 * 1024;

const quotedMax = 100;

/** A name of the client's own, safe to put into a sentence. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > quotedMax ? `${name.slice(0, quotedMax)}…` : name);
}

/** The refusal of bytes that are no Arrow message, or contradict themselves. */
export function malformed(
  message: string,
  remedy = "Send the messages as an Arrow library (version 1.0 or later) writes them.",
): SidecarError {
  return new SidecarError("malformed_arrow", message, { remedy });
}

/** @throws SidecarError limit_exceeded if `count` is more than `max`. */
export function within(count: number, max: number, what: string): void {
  if (count <= max) return;
  throw new SidecarError("limit_exceeded", `The message has ${count} ${what}; ${max} are allowed.`, {
    remedy: "Send smaller record batches, with fewer or flatter columns.",
  });
}

/** Bytes that may still be allocated for one purpose. */
export class Allowance {
  readonly #max: number;
  readonly #what: string;
  #spent = 0;

  constructor(max: number, what: string) {
    this.#max = max;
    this.#what = what;
  }

  get spent(): number {
    return this.#spent;
  }

  /**
   * Call it before the bytes are allocated.
   * @throws SidecarError limit_exceeded
   */
  take(bytes: number): void {
    within(this.#spent + bytes, this.#max, this.#what);
    this.#spent += bytes;
  }
}
