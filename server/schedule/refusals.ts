/**
 * What refusals for too many requests at once teach: there are no more lanes than that. Whether there are more by now only one lane more
 * tells, now and then, and each time that it is refused later.
 */

/** Seconds and requests until one lane more is asked for; the requests double with each time that it was refused. */
const askMs = 60_000;
const requestsLeast = 60;
const requestsMost = 600;
/** So long after the last refusal, rows that become slower are the better guide again. */
const memoryMs = 1_800_000;

export class Refusals {
  #at = Number.NEGATIVE_INFINITY;
  #requests = requestsLeast;
  #left = 0;
  #isAsking = false;

  /** Whether the last one still says how many lanes there are. */
  hold(now: number): boolean {
    return now - this.#at < memoryMs;
  }

  refused(now: number): void {
    if (this.#isAsking) this.#requests = Math.min(requestsMost, this.#requests * 2);
    this.#isAsking = false;
    this.#at = now;
    this.#left = this.#requests;
  }

  /** A request was answered. */
  answered(): void {
    this.#left -= 1;
  }

  /** Whether to ask for one lane more now; then it is taken for asked. */
  mayAsk(now: number): boolean {
    if (now - this.#at < askMs || this.#left > 0) return false;
    // The last one was not refused: there may be many more.
    if (this.#isAsking) this.#requests = requestsLeast;
    this.#isAsking = true;
    this.#left = this.#requests;
    return true;
  }
}
