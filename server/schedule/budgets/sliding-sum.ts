/**
 * What was spent in the last 300 s, in buckets of a second. An amount leaves when the whole second that it fell in has left the
 * window, a little later than the service lets go of it: never too early.
 */

/** The service's window (documented: service protection API limits). */
export const windowMs = 300_000;
const bucketMs = 1000;
const buckets = windowMs / bucketMs + 1;

export class SlidingSum {
  readonly #amounts = new Float64Array(buckets);
  /** Number of the newest bucket since the clock's zero. */
  #newest = 0;
  #sum = 0;

  /** Spreads `amount` evenly over the time from `from` to `to`, in the clock's milliseconds; the future counts as now. */
  add(amount: number, from: number, to: number): void {
    this.#advance(to);
    const last = this.#newest;
    const first = Math.min(last, Math.max(Math.floor(from / bucketMs), last - buckets + 1));
    const share = amount / (last - first + 1);
    for (let bucket = first; bucket <= last; bucket += 1) this.#amounts[slotOf(bucket)] = this.#amount(bucket) + share;
    this.#sum += amount;
  }

  /** From now on it holds what the other one holds. */
  follow(other: SlidingSum): void {
    this.#amounts.set(other.#amounts);
    this.#newest = other.#newest;
    this.#sum = other.#sum;
  }

  at(now: number): number {
    this.#advance(now);
    return this.#sum;
  }

  /** When at most `target` is left, if nothing is added, in the clock's milliseconds. */
  whenAtMost(target: number, now: number): number {
    this.#advance(now);
    let left = this.#sum;
    for (let bucket = this.#newest - buckets + 1; bucket <= this.#newest; bucket += 1) {
      if (left <= target) return Math.max(now, (bucket + buckets - 1) * bucketMs);
      left -= this.#amount(bucket);
    }
    return (this.#newest + buckets) * bucketMs;
  }

  #amount(bucket: number): number {
    return this.#amounts[slotOf(bucket)] ?? 0;
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / bucketMs);
    if (bucket <= this.#newest) return;
    const stale = Math.min(buckets, bucket - this.#newest);
    for (let i = 0; i < stale; i += 1) this.#amounts[slotOf(bucket - i)] = 0;
    this.#newest = bucket;
    // Anew, so that no rounding error stays for longer than a window.
    this.#sum = 0;
    for (const amount of this.#amounts) this.#sum += amount;
  }
}

/** Buckets before the clock's zero have negative numbers. */
function slotOf(bucket: number): number {
  return ((bucket % buckets) + buckets) % buckets;
}
