/** For how long work waited, by what held it back. One reason at a time, however much waits: seconds of the clock, not of requests. */

/** The service lets nobody in; every principal is throttled; the windows are used up; as many requests as may be are under way. */
export type WaitReason = "outage" | "throttled" | "limits" | "lanes";

export class Waits {
  readonly #seconds: Record<WaitReason, number> = { outage: 0, throttled: 0, limits: 0, lanes: 0 };
  #reason: WaitReason | undefined;
  #since = 0;

  /** What holds work back from now on, in the clock's milliseconds; undefined while nothing does, or there is none. */
  note(reason: WaitReason | undefined, now: number): void {
    if (this.#reason !== undefined) this.#seconds[this.#reason] += (now - this.#since) / 1000;
    this.#reason = reason;
    this.#since = now;
  }

  /** Since the beginning. */
  seconds(now: number): Readonly<Record<WaitReason, number>> {
    this.note(this.#reason, now);
    return { ...this.#seconds };
  }
}
