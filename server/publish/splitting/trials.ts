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
/** Times what was expected of few rows: perhaps the request is what is dear, and many rows are cheap. Noise alone does so once in ten. */
const dear = 1.25;
/** What a trial proved wrong counts as so many answers beside it. */
const refuted = 0.5;

const otherOf: Readonly<Record<Way, Way>> = { bulk: "batch", batch: "bulk" };

/** Rows of a small trial, where each is expected to take so many seconds. */
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
  /** Times its price, executed before the next trial, which is of as many rows as a request may have; undefined: it is of few. */
  readonly #earnedFull: Record<Way, number | undefined> = { bulk: undefined, batch: undefined };
  /** Under way. */
  #tried: Way | undefined;

  /** Rows of the next trial, of as many as a request may have, where each is expected to take so many seconds. */
  rows(way: Way, row: number, most: number): number {
    return this.#earnedFull[way] === undefined ? Math.min(most, trialRows(way, row)) : most;
  }

  /** Whether a trial that is expected to take so many seconds is to be sent now: the next is not before that is earned anew. */
  take(way: Way, seconds: number): boolean {
    const full = this.#earnedFull[way];
    const few = this.#earned[way];
    if (this.#unheard[way] < (full ?? few) * seconds) return false;
    this.#unheard[way] = 0;
    // Few rows that are as dear as expected say nothing of many; but that is the dearer question.
    this.#earnedFull[way] = full === undefined && few === earnedMost ? earnedMost : undefined;
    if (full === undefined) this.#earned[way] = Math.min(earnedMost, 2 * few);
    this.#tried = way;
    return true;
  }

  /**
   * A request of so many rows was answered.
   * @returns as how many answers those before it count from now on, fewer if it was a trial that proves what was known of its way wrong:
   * then the next is soon.
   */
  heard(way: Way, rows: number, { seconds, expected }: Took): number {
    // One of fewer rows than a trial tells as much less.
    this.#unheard[way] *= 1 - Math.min(1, rows / rowsMost[way]);
    this.#unheard[otherOf[way]] += seconds;
    if (this.#tried !== way) return Number.POSITIVE_INFINITY;
    this.#tried = undefined;
    const hasFew = rows <= rowsMost[way];
    if (hasFew && seconds > dear * expected) this.#earnedFull[way] = earnedFirst;
    if (seconds < surprise * expected && expected < surprise * seconds) return Number.POSITIVE_INFINITY;
    this.#earned[way] = earnedFirst;
    // Cheap with many rows: what few of them cost was the request.
    return hasFew || seconds > expected ? refuted : 0;
  }
}
