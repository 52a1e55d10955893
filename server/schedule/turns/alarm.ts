/** One sleep at a time, to the earliest moment at which something may have changed by itself. */
import type { Clock } from "../../core/clock.ts";

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #sleeping: AbortController | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  get isSet(): boolean {
    return this.#at < Number.POSITIVE_INFINITY;
  }

  /** Rings then, in the clock's milliseconds, unless it rings earlier anyway. */
  setBy(at: number): void {
    if (at >= this.#at) return;
    this.stop();
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    this.#at = at;
    const ring = (): void => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#ring();
    };
    // Whole milliseconds: a timer that fires a fraction early would only be set again.
    const ms = Math.max(1, Math.ceil(at - this.#clock.now()));
    // Aborted, an earlier one has taken its place, or nothing waits any more.
    this.#clock.sleep(ms, sleeping.signal).then(ring, () => undefined);
  }

  /** Nothing waits for a time. A timer that is left would keep the process alive. */
  stop(): void {
    this.#sleeping?.abort();
    this.#sleeping = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }
}
