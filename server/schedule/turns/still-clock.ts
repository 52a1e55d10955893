/**
 * A clock that stands still while one decision is made. Between two looks at a running one a gate may open: the first finds nobody who may
 * send, the next nothing to wait for, and whoever waits is never looked for again.
 */
import type { Clock } from "../../core/clock.ts";

export class StillClock implements Clock {
  readonly #clock: Clock;
  #at: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** At the same moment from its first look to its last; what it calls must not be work. */
  during<Decision>(decide: () => Decision): Decision {
    const before = this.#at;
    this.#at = this.now();
    try {
      return decide();
    } finally {
      this.#at = before;
    }
  }

  now(): number {
    return this.#at ?? this.#clock.now();
  }

  wall(): number {
    return this.#clock.wall();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  after(ms: number, act: () => void): () => void {
    return this.#clock.after(ms, act);
  }

  every(ms: number, tick: () => void): () => void {
    return this.#clock.every(ms, tick);
  }

  turn(): Promise<void> {
    return this.#clock.turn();
  }

  random(): number {
    return this.#clock.random();
  }
}
