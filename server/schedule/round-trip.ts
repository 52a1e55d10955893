/**
 * How long a request travels, there and back. Too short an estimate costs a share of the pace, the more the shorter requests are; too
 * long a one costs throttles, whose replies tell the truth (docs/scheduling.md).
 */

/** Enough for a mean, few enough that a change of the network shows. */
const kept = 32;
/** A longer journey is taken for work: nothing in the answers tells them apart. */
const longestMs = 250;
/** Throttle replies before they are believed. */
const sureThrottles = 3;

export class RoundTrip {
  readonly #reads: number[] = [];
  readonly #throttles: number[] = [];

  /** The answer to a read of metadata. */
  read(ms: number): void {
    keep(this.#reads, ms);
  }

  /** A throttle reply: the service did nothing for it. */
  throttled(ms: number): void {
    keep(this.#throttles, ms);
  }

  /** Milliseconds; 0 while nothing is known. */
  get ms(): number {
    if (this.#throttles.length >= sureThrottles) return middleOf(this.#throttles);
    // The quickest, since the service works on a read for a while.
    return this.#reads.length > 0 ? Math.min(...this.#reads) : 0;
  }
}

function keep(seen: number[], ms: number): void {
  seen.push(Math.min(ms, longestMs));
  if (seen.length > kept) seen.shift();
}

/** The mean of all but the quickest and the slowest: many short requests are charged wrong by as much as it errs, each of them. */
function middleOf(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b).slice(1, -1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
