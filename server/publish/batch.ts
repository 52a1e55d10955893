/** Operations that travel together, and the draft that they are gathered in. */

import type { RowFailure } from "../core/outcome.ts";
import { assemble } from "../dataverse/batch-body.ts";
import { assembleTargets, openTargets, targetsClosing, targetsOpening } from "../dataverse/bulk-body.ts";
import { Bytes } from "../dataverse/bytes.ts";
import type { FileContent } from "../dataverse/file-column.ts";
import { closingDelimiter } from "../dataverse/part.ts";
import type { Way } from "../dataverse/way.ts";
import type { Slab, Verdict } from "./ledger.ts";

/** One step of one row's plan: what a part of a `$batch`, or a target of a bulk message, carries. */
export interface Operation {
  readonly slab: Slab;
  /** Index within the record batch. */
  readonly row: number;
  readonly step: number;
  /** Minted primary key, lower case. */
  readonly id: string | undefined;
  /** Hash of the folded key; -1 when the row has none. */
  readonly key: number;
  /** As sent, or to be sent; empty before it was first encoded. */
  part: Uint8Array;
  /** The way that `part` is encoded for. */
  way: Way;
  attempts: number;
  /** When an attempt was cut off that the service may have applied, in the clock's milliseconds; 0 = never. */
  uncertainAt: number;
  /** What the first step was refused with, which left the row to a step that only updates. */
  readonly refusal?: RowFailure;
  /** Its row was read before it was sent, and it must go. */
  looked?: boolean;
  /** What the earlier steps of the row came to; absent while nothing of it was applied. */
  readonly before?: Before;
}

export interface Before {
  readonly verdict: Verdict;
  /** As `Operation.uncertainAt`, of the earlier steps. */
  readonly uncertainAt: number;
}

/** The part of an operation that was not encoded yet. */
export const unsent: Uint8Array = new Uint8Array(0);

export interface Batch {
  readonly way: Way;
  readonly operations: readonly Operation[];
  /** The rest of a request that was undone: what these operations turn out to be tells about them. */
  readonly suspects?: readonly Operation[];
  /** The whole body, when all parts were encoded together: nothing is copied then. */
  readonly body?: Buffer;
  /** Of the only operation, whose part says where it goes: then the batch is no `$batch`. */
  readonly file?: FileContent;
}

/** 1,000 are allowed; a hundred cost little to repeat and still spread the price of a request (reliability.md B4). */
export const operationsMax = 100;
/** A request of this size is sent without waiting for more rows. */
const bytesMax = 4 << 20;

/** A hundred small rows. */
const draftBytesFirst = 65_536;

export interface Shape {
  readonly way: Way;
  /** The most operations that the request takes. */
  readonly size: number;
}

export class Draft {
  readonly #shape: Shape;
  readonly #operations: Operation[] = [];
  readonly #fresh: Bytes;
  readonly #encoded: { readonly operation: Operation; readonly start: number }[] = [];
  #bytes = 0;

  /** @param capacity bytes that the operations will take, about; a buffer that grows is allocated twice. */
  constructor(shape: Shape, capacity = draftBytesFirst) {
    this.#shape = shape;
    this.#fresh = new Bytes(capacity);
    if (shape.way === "bulk") this.#fresh.raw(targetsOpening);
  }

  /** What a draft like this one should begin with. */
  get capacity(): number {
    return Math.max(draftBytesFirst, this.#fresh.length + (this.#fresh.length >> 3));
  }

  get full(): boolean {
    return this.#operations.length >= this.#shape.size || this.#bytes + this.#fresh.length >= bytesMax;
  }

  /** @param encode appends the operation, or returns false and leaves the bytes alone. */
  add(operation: Operation, encode: (out: Bytes) => boolean): void {
    if (operation.part.length === 0 || operation.way !== this.#shape.way) {
      const start = this.#fresh.length;
      if (!encode(this.#fresh)) return;
      this.#encoded.push({ operation, start });
    } else this.#bytes += operation.part.length;
    this.#operations.push(operation);
  }

  /** Undefined when nothing was added. */
  finish(): Batch | undefined {
    const { way } = this.#shape;
    const end = this.#fresh.length;
    this.#fresh.raw(way === "bulk" ? targetsClosing : closingDelimiter);
    // Only now: the buffer moves while it grows.
    for (const [i, { operation, start }] of this.#encoded.entries()) {
      operation.part = this.#fresh.view(start, this.#encoded[i + 1]?.start ?? end);
      operation.way = way;
    }
    if (this.#operations.length === 0) return undefined;
    if (this.#encoded.length < this.#operations.length) return { way, operations: this.#operations };
    const body = this.#fresh.view(0, this.#fresh.length);
    if (way === "bulk") openTargets(body);
    return { way, operations: this.#operations, body };
  }
}

/** The whole body of a batch. */
export function bodyOf({ way, operations, body }: Batch): Buffer {
  if (body !== undefined) return body;
  const parts = operations.map((operation) => operation.part);
  return way === "bulk" ? assembleTargets(parts) : assemble(parts);
}
