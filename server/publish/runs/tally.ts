/** What a run counts of its streams, and what that says of the rows to come. */
import type { Counts } from "../rows/ledger.ts";

/** A stream, as far as it is counted. */
export interface Counted {
  readonly counts: Counts;
  /** Rows that were looked at, in the order of the input. */
  readonly begun: number;
  /** Of the failed ones, those that were never sent. */
  readonly refused: number;
}

/** Rows. */
export interface Tally {
  readonly failed: number;
  readonly received: number;
  readonly notSent: number;
  readonly settled: number;
  readonly begun: number;
  readonly refused: number;
}

/** Fewer rows say little about a ratio. */
export const ratioFromRows = 1000;

export const nothing: Tally = { failed: 0, received: 0, notSent: 0, settled: 0, begun: 0, refused: 0 };

export function tallyOf({ counts, begun, refused }: Counted): Tally {
  const { failed, received, notSent, created, updated, upserted, deleted, unchanged } = counts;
  const settled = failed + created + updated + upserted + deleted + unchanged;
  return { failed, received, notSent, settled, begun, refused };
}

export function add(a: Tally, b: Tally, sign: 1 | -1): Tally {
  return {
    failed: a.failed + sign * b.failed,
    received: a.received + sign * b.received,
    notSent: a.notSent + sign * b.notSent,
    settled: a.settled + sign * b.settled,
    begun: a.begun + sign * b.begun,
    refused: a.refused + sign * b.refused,
  };
}

/**
 * The share of rows that fail, 0 to 1. A check refuses a row at once, long before those that were taken with it are answered: each
 * kind of failure is held against the rows that could have met it by now. The first few answers say as little as any few rows: up to
 * `ratioFromRows`, those under way count as if they were let in.
 */
export function failing({ failed, settled, begun, refused }: Tally): number {
  const unfit = refused / Math.max(begun, 1);
  const sent = Math.min(begun - refused, ratioFromRows);
  const declined = (failed - refused) / Math.max(settled - refused, sent, 1);
  return unfit + (1 - unfit) * declined;
}
