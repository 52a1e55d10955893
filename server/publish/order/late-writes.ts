/**
 * Keys whose last write may still land: its reply was lost, and the service may yet apply it. Until that time has passed no
 * newer value of the key is sent, by any stream of this process, so that no older value lands over a newer one.
 */

/** A plug-in may run for two minutes; half a minute more for queues in between. */
export const lateMs = 150_000;

/** 100,000 keys are about 10 MB. Past that every key of the table waits: slower, but never wrong. */
const keysMax = 100_000;

export class LateWrites {
  readonly #until = new Map<number, number>();
  #allUntil = 0;
  /** When none of them can land any more; 0 = there are none. */
  #noneFrom = 0;

  /** The write of `key` was cut off at `at` (the clock's milliseconds). */
  note(key: number, at: number): void {
    // Streams settle in any order: news of an older write must not cut short the wait for a newer one.
    const until = Math.max(at + lateMs, this.#until.get(key) ?? 0);
    this.#noneFrom = Math.max(this.#noneFrom, until);
    this.#forget(at);
    if (this.#until.size >= keysMax && !this.#until.has(key)) {
      this.#allUntil = Math.max(this.#allUntil, until);
      return;
    }
    // Deleted first: a Map keeps insertion order, and #forget relies on the oldest being in front.
    this.#until.delete(key);
    this.#until.set(key, until);
  }

  get none(): boolean {
    return this.#noneFrom === 0;
  }

  /** When a newer value of the key may be sent; 0 = now. */
  until(key: number, now: number): number {
    if (now >= this.#noneFrom) this.#end();
    const until = Math.max(this.#until.get(key) ?? 0, this.#allUntil);
    return until > now ? until : 0;
  }

  /** A table may have no other such write for weeks, and there are many tables. */
  #end(): void {
    this.#until.clear();
    this.#allUntil = 0;
    this.#noneFrom = 0;
  }

  #forget(now: number): void {
    for (const [key, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(key);
    }
  }
}
