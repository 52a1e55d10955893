/** Operations that travel together, and the draft that they are gathered in. */
import { Bytes } from "../dataverse/bytes.ts";
import { closingDelimiter } from "../dataverse/part.ts";
import type { Slab } from "./ledger.ts";

/** One step of one row's plan: what a part of a `$batch` carries. */
export interface Operation {
  readonly slab: Slab;
  /** Index within the record batch. */
  readonly row: number;
  readonly step: number;
  /** Minted primary key, lower case. */
  readonly id: string | undefined;
  /** Hash of the folded key; -1 when the row has none. */
  readonly key: number;
  /** As sent; empty before the first time. */
  part: Uint8Array;
  attempts: number;
  /** When an attempt was cut off that the service may have applied, in the clock's milliseconds; 0 = never. */
  uncertainAt: number;
}

export interface Batch {
  readonly operations: readonly Operation[];
  /** The whole body, when all parts were encoded together: nothing is copied then. */
  readonly body?: Buffer;
}

/** 1,000 are allowed; a hundred cost little to repeat and still spread the price of a request (reliability.md B4). */
export const operationsMax = 100;
/** A request of this size is sent without waiting for more rows. */
const bytesMax = 4 << 20;

/** A hundred small rows. */
const draftBytesFirst = 65_536;

export class Draft {
  readonly #operations: Operation[] = [];
  readonly #fresh: Bytes;
  readonly #encoded: { readonly operation: Operation; readonly start: number }[] = [];
  #bytes = 0;

  /** @param capacity bytes that the parts will take, about; a buffer that grows is allocated twice. */
  constructor(capacity = draftBytesFirst) {
    this.#fresh = new Bytes(capacity);
  }

  /** What a draft like this one should begin with. */
  get capacity(): number {
    return Math.max(draftBytesFirst, this.#fresh.length + (this.#fresh.length >> 3));
  }

  get full(): boolean {
    return this.#operations.length >= operationsMax || this.#bytes + this.#fresh.length >= bytesMax;
  }

  /** @param encode appends the operation's part, or returns false and leaves the bytes alone. */
  add(operation: Operation, encode: (out: Bytes) => boolean): void {
    if (operation.part.length === 0) {
      const start = this.#fresh.length;
      if (!encode(this.#fresh)) return;
      this.#encoded.push({ operation, start });
    }
    this.#bytes += operation.part.length;
    this.#operations.push(operation);
  }

  /** Undefined when nothing was added. */
  finish(): Batch | undefined {
    const end = this.#fresh.length;
    this.#fresh.raw(closingDelimiter);
    // Only now: the buffer moves while it grows.
    for (const [i, { operation, start }] of this.#encoded.entries()) {
      operation.part = this.#fresh.view(start, this.#encoded[i + 1]?.start ?? end);
    }
    if (this.#operations.length === 0) return undefined;
    if (this.#encoded.length < this.#operations.length) return { operations: this.#operations };
    return { operations: this.#operations, body: this.#fresh.view(0, this.#fresh.length) };
  }
}
