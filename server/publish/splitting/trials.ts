/**
 * When a request goes the way that rows do not go now: what that costs is else only supposed, or was learned long ago. No trial
 * comes before its whole price is a small share of what was executed without one.
 */
import type { Way } from "../../dataverse/wire/way.ts";

/** Rows that take most of a request's time, and longer than one journey differs from the next. */
const rowsMost: Readonly<Record<Way, number>> = { bulk: 50, batch: 10 };
/** Dear rows do so sooner, seconds; but of too few the request itself would be too great a part. */
const secondsEnough = 1;
const rowsLeast = 3;

/** Times its price, executed before a trial: soon where little is known; each next waits twice as long, until it costs half a thousandth. */
const earnedFirst = 256;
const earnedMost = 2048;
/** Times what was expected, or a part of it: noise alone does so once in some hundreds. */
const surprise = 2;

const otherOf: Readonly<Record<Way, Way>> = { bulk: "batch", batch: "bulk" };

/** Rows of a trial, where each is expected to take so many seconds. */
export function trialRows(way: Way, row: number): number {
  return Math.max(rowsLeast, Math.min(rowsMost[way], Math.floor(secondsEnough / row)));
}

/** Seconds of execution. */
export interface Took {
  readonly seconds: number;
  readonly expected: number;
}

export class Trials {
  /** Seconds that the other way was executed since this one was heard of. */
  readonly #unheard: Record<Way, number> = { bulk: 0, batch: 0 };
  readonly #earned: Record<Way, number> = { bulk: earnedFirst, batch: earnedFirst };
  /** Under way. */
  #tried: Way | undefined;

  /** Whether a trial that is expected to take so many seconds is to be sent now: the next is not before that is earned anew. */
  take(way: Way, seconds: number): boolean {
    if (this.#unheard[way] < this.#earned[way] * seconds) return false;
    this.#unheard[way] = 0;
    this.#earned[way] = Math.min(earnedMost, 2 * this.#earned[way]);
    this.#tried = way;
    return true;
  }

  /** A request of so many rows was answered. @returns whether it was a trial that proves what was known of its way wrong: then the next is soon. */
  heard(way: Way, rows: number, { seconds, expected }: Took): boolean {
    // One of fewer rows than a trial tells as much less.
    this.#unheard[way] *= 1 - Math.min(1, rows / rowsMost[way]);
    this.#unheard[otherOf[way]] += seconds;
    if (this.#tried !== way) return false;
    this.#tried = undefined;
    if (seconds < surprise * expected && expected < surprise * seconds) return false;
    this.#earned[way] = earnedFirst;
    return true;
  }
}
