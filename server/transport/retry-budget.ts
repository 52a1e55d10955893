/**
 * How much of an environment's traffic may be repetition. A count per request does not protect a service that is down for
 * everyone: a thousand requests with eight attempts each are eight times the load it just failed under.
 */
import type { Clock } from "../core/clock.ts";

const windowSeconds = 10;
const retryShare = 0.2;
/** So that a lone request can be repeated at all. */
const floorPerSecond = 3;

interface Second {
  at: number;
  attempts: number;
  retries: number;
}

export class RetryBudget {
  readonly #clock: Clock;
  readonly #seconds: Second[] = Array.from({ length: windowSeconds }, () => ({
    at: Number.NEGATIVE_INFINITY,
    attempts: 0,
    retries: 0,
  }));

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A first attempt or a repeated one is about to be made. */
  attempted(): void {
    this.#present().attempts += 1;
  }

  /** Takes leave for one retry; false while retries have used up their share of the last ten seconds. */
  tryRetry(): boolean {
    const second = this.#present();
    let attempts = 0;
    let retries = 0;
    for (const each of this.#seconds) {
      if (each.at <= second.at - windowSeconds) continue;
      attempts += each.attempts;
      retries += each.retries;
    }
    if (retries >= Math.max(floorPerSecond * windowSeconds, retryShare * attempts)) return false;
    second.retries += 1;
    return true;
  }

  #present(): Second {
    const at = Math.floor(this.#clock.now() / 1000);
    const index = ((at % windowSeconds) + windowSeconds) % windowSeconds;
    const second = this.#seconds[index];
    if (second?.at === at) return second;
    const fresh = { at, attempts: 0, retries: 0 };
    this.#seconds[index] = fresh;
    return fresh;
  }
}
