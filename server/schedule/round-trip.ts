/**
 * How long a request travels, there and back: what is taken off a reply's time to know what the service charges. Too short an estimate costs
 * pace, the more the shorter requests are. Too long a one leads to throttles, whose replies then tell the truth (docs/scheduling.md).
 */

/** Replies of each kind: enough for a mean, few enough that a change of the network shows. */
const kept = 32;
/** What takes longer is taken for work of the service: nothing in the answers tells the two apart. */
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
    // Nothing would put right too short an estimate. So it is the longest that both kinds allow: the read, up to the error of the throttles' mean.
    const { mean, error } = meanOf(this.#throttles);
    return Math.max(mean, Math.min(read, mean + error));
  }
}

function keep(seen: number[], ms: number): void {
  seen.push(Math.min(ms, longestMs));
  if (seen.length > kept) seen.shift();
}

/** The mean and its standard error. */
function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}
