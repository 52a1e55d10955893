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
    // The quickest, since the service works on a read for a while.
    const read = this.#reads.length > 0 ? Math.min(...this.#reads) : 0;
    if (this.#throttles.length < sureThrottles) return read;
    // Too long an estimate is put right by throttles, too short a one by nothing: the longest that both speak for.
    const { mean, error } = meanOf(this.#throttles);
    return Math.max(mean, Math.min(read, mean + error));
  }
}

function keep(seen: number[], ms: number): void {
  seen.push(Math.min(ms, longestMs));
  if (seen.length > kept) seen.shift();
}

/** And by how much it may err by chance: many short requests are charged wrong by that, each of them. */
function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}
