/** For how long work waited, by what held it back. One reason at a time, however much waits: seconds of the clock, not of requests. */

/**
 * `outage`: the service lets nobody in. `throttled`: every principal waits for a Retry-After. `limits`: the windows are used up. `lanes`: as many
 * requests are under way as may be.
 */
export type WaitReason = "outage" | "throttled" | "limits" | "lanes";

/** Shorter ones come with each request; in the log they would hide the others. */
const toldLeastMs = 1000;

export class Waits {
  readonly #over: (reason: WaitReason, seconds: number) => void;
  readonly #seconds: Record<WaitReason, number> = { outage: 0, throttled: 0, limits: 0, lanes: 0 };
  #reason: WaitReason | undefined;
  /** Counted until then, in the clock's milliseconds. */
  #since = 0;
  #beganAt = 0;

  /** @param over hears of each wait of a second or longer, when something may be sent again or another reason holds it back. */
  constructor(over: (reason: WaitReason, seconds: number) => void) {
    this.#over = over;
  }

  /** What holds work back from now on, in the clock's milliseconds; undefined while nothing does, or there is none. */
  note(reason: WaitReason | undefined, now: number): void {
    if (this.#reason !== undefined) this.#seconds[this.#reason] += (now - this.#since) / 1000;
    this.#since = now;
    if (reason === this.#reason) return;
    const ms = now - this.#beganAt;
    if (this.#reason !== undefined && ms >= toldLeastMs) this.#over(this.#reason, ms / 1000);
    this.#reason = reason;
    this.#beganAt = now;
  }

  /** Since the beginning. */
  seconds(now: number): Readonly<Record<WaitReason, number>> {
    this.note(this.#reason, now);
    return { ...this.#seconds };
  }
}
