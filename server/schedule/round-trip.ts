/**
 * How long a request travels, there and back: the least that replies took which cost the service nothing or little. Too short an
 * estimate costs a percent of the pace, too long a one costs throttles (reference: scheduler policy 3.1).
 */

/** Enough that a lucky one is among them, few enough that a change of the network shows. */
const kept = 32;
/** A longer journey is taken for work: nothing in the answers tells them apart. */
const longestMs = 250;

export class RoundTrip {
  readonly #seen: number[] = [];

  /** A throttle reply, or the answer to a read of metadata. */
  saw(ms: number): void {
    this.#seen.push(Math.min(ms, longestMs));
    if (this.#seen.length > kept) this.#seen.shift();
  }

  /** Milliseconds; 0 while nothing is known. */
  get ms(): number {
    return this.#seen.length === 0 ? 0 : Math.min(...this.#seen);
  }
}
