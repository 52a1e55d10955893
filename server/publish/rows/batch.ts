/** Operations that travel together, and the draft that they are gathered in. */

import type { Guid } from "../../core/guid.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { FileContent } from "../../dataverse/rows/file-column.ts";
import { Bytes } from "../../dataverse/text/bytes.ts";
import { assemble } from "../../dataverse/wire/batch-body.ts";
import { assembleTargets, openTargets, targetsClosing, targetsOpening } from "../../dataverse/wire/bulk-body.ts";
import { closingDelimiter } from "../../dataverse/wire/part.ts";
import type { Way } from "../../dataverse/wire/way.ts";
import type { Slab, Verdict } from "./ledger.ts";

/** One step of one row's plan: what a part of a `$batch`, or a target of a bulk message, carries. */
export interface Operation {
  readonly slab: Slab;
  /** Index within the record batch. */
  readonly row: number;
  readonly step: number;
  /** Primary key: minted, or found by query. */
  readonly id: Guid | undefined;
  /** Hash of the folded key; -1 when the row has none. */
  readonly key: number;
  /** The body that it was last encoded into, and where its own bytes are there: `partOf`. Empty before it was first encoded. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** The way that it is encoded for. */
  way: Way;
  attempts: number;
  /** When an attempt was cut off that the service may have applied, in the clock's milliseconds; 0 = never. */
  uncertainAt: number;
  /** What the first step was refused with, which left the row to a step that only updates. */
  readonly refusal?: RowFailure;
  /** Of the answer that left its row in doubt, where that told one: a read that repeats it sees what the answer saw. */
  sessionToken?: string | undefined;
  /** Its row was read before it was sent, and it must go. */
  looked?: boolean;
  /** There was no such row when it was read. */
  wasAbsent?: boolean;
  /** What the earlier steps of the row came to; absent while nothing of it was applied. */
  readonly before?: Before;
}

export interface Before {
  readonly verdict: Verdict;
  readonly attempts: number;
  /** As `Operation.uncertainAt`, of the earlier steps. */
  readonly uncertainAt: number;
}

/** Attempts of all steps of the row so far. */
export function attemptsOf({ attempts, before }: Operation): number {
  return attempts + (before?.attempts ?? 0);
}

/** The bytes of an operation that was not encoded yet. */
export const unsent: Uint8Array = new Uint8Array(0);

/** As sent, or to be sent. Made when it is asked for: of a row that is applied nobody asks. */
export function partOf({ bytes, start, end }: Operation): Uint8Array {
  return bytes.subarray(start, end);
}

export interface Batch {
  readonly way: Way;
  readonly operations: readonly Operation[];
  /** The rest of a request that was undone: what these operations turn out to be tells about them. */
  readonly suspects?: readonly Operation[];
  /** The whole body, in memory of its own, when all parts were encoded together: nothing is copied then. */
  readonly body?: Buffer;
  /** Names of application users that lack the privilege for it. */
  readonly spared?: readonly string[];
  /** Of the only operation, whose part says where it goes: then the batch is no `$batch`. */
  readonly file?: FileContent;
}

/** 1,000 are allowed; a hundred cost little to repeat and still spread the price of a request. */
export const operationsMax = 100;
/** A request of this size is sent without waiting for more rows. */
const bytesMax = 4 << 20;

/** A hundred small rows. */
export const draftBytesFirst = 65_536;

export interface Shape {
  readonly way: Way;
  /** The most operations that the request takes. */
  readonly size: number;
}

/** Appends the operation, or returns false and leaves the bytes alone. */
export type Encode = (out: Bytes, operation: Operation, way: Way) => boolean;

export class Draft {
  readonly #shape: Shape;
  readonly #operations: Operation[] = [];
  readonly #fresh: Bytes;
  /** Operations of this draft that were encoded before, and their bytes. */
  #old = 0;
  #oldBytes = 0;

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
    return this.#operations.length >= this.#shape.size || this.#oldBytes + this.#fresh.length >= bytesMax;
  }

  add(operation: Operation, encode: Encode): void {
    if (operation.bytes.length > 0 && operation.way === this.#shape.way) {
      this.#old += 1;
      this.#oldBytes += operation.end - operation.start;
    } else {
      const start = this.#fresh.length;
      if (!encode(this.#fresh, operation, this.#shape.way)) return;
      operation.start = start;
      operation.end = this.#fresh.length;
      operation.way = this.#shape.way;
      operation.bytes = unsent;
    }
    this.#operations.push(operation);
  }

  /** Undefined when nothing was added. */
  finish(): Batch | undefined {
    const { way } = this.#shape;
    this.#fresh.raw(way === "bulk" ? targetsClosing : closingDelimiter);
    if (this.#operations.length === 0) return undefined;
    const body = this.#fresh.view(0, this.#fresh.length);
    // Only now: the buffer moves while it grows.
    for (const operation of this.#operations) if (operation.bytes.length === 0) operation.bytes = body;
    if (this.#old > 0) return { way, operations: this.#operations };
    if (way === "bulk") openTargets(body);
    return { way, operations: this.#operations, body };
  }
}

/** The whole body of a batch. */
export function bodyOf({ way, operations, body }: Batch): Buffer {
  if (body !== undefined) return body;
  const parts = operations.map(partOf);
  return way === "bulk" ? assembleTargets(parts) : assemble(parts);
}
