/**
 * Operations of rows to come, made of those whose rows have settled: an object for each row would be most of the garbage of a stream,
 * and would be copied and marked once or twice while its request is under way.
 */
import { Guid } from "../../core/guid.ts";
import { nothingFound } from "../../dataverse/keys/found.ts";
import type { Operation } from "./batch.ts";
import { unsent } from "./batch.ts";
import type { Slab } from "./ledger.ts";

/** Of the rows of sixteen of the largest requests: 2 MiB a process. */
export const spareMax = 16_384;

/** Of an operation that is spare: its record batch, as large as 16 MiB, must not wait for the row that it is made into. */
const nowhere: Slab = {
  batch: { rows: 0, bytes: 0, columns: [] },
  found: nothingFound,
  first: 0,
  weight: 0,
  settled: new Uint8Array(0),
  left: 0,
  waiting: [],
  waitingBytes: 0,
  delivering: 0,
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The primary key that was found for a row by query. */
export function idFound({ found }: Slab, row: number): Guid | undefined {
  const known = found.ids?.[row];
  return typeof known === "string" ? Guid.of(known) : undefined;
}

export class Operations {
  readonly #spare: Writable<Operation>[] = [];

  /** The first step of a row, not encoded yet. */
  begin(slab: Slab, row: number, id: Guid | undefined, key: number): Operation {
    const operation = this.#spare.pop();
    if (operation === undefined) return beginning(slab, row, id, key);
    operation.slab = slab;
    operation.row = row;
    operation.id = id;
    operation.key = key;
    operation.attempts = 0;
    operation.uncertainAt = 0;
    return operation;
  }

  /**
   * The rows of a request have settled, and it is over. Those of its operations are spare that were encoded into its body and into no
   * other since: a request that went before may hold them still, but it does not look at what has settled.
   */
  end(operations: readonly Operation[], body: Uint8Array): void {
    for (const operation of operations) {
      if (this.#spare.length >= spareMax) return;
      if (operation.bytes !== body || !isPlain(operation)) continue;
      this.#keep(operation);
    }
  }

  #keep(operation: Writable<Operation>): void {
    operation.slab = nowhere;
    operation.id = undefined;
    operation.bytes = unsent;
    this.#spare.push(operation);
  }
}

function beginning(slab: Slab, row: number, id: Guid | undefined, key: number): Operation {
  return { slab, row, step: 0, id, key, bytes: unsent, start: 0, end: 0, way: "batch", attempts: 0, uncertainAt: 0 };
}

/** Nothing is noted on it that most operations do not have. */
function isPlain({ step, refusal, before, sessionToken, looked, wasAbsent }: Operation): boolean {
  return step === 0 && (refusal ?? before ?? sessionToken ?? looked ?? wasAbsent) === undefined;
}
