/**
 * Single requests that go beyond a plan of less than one lane. That others leave so little is only a guess from refusals, which may have
 * another cause, and a stream of ten rows would wait for hours because of it. So one short request at a time goes all the same. When one is
 * refused before ten were let in, the next waits, ever longer.
 */

/** A longer request, seconds, would cost those who use the rest of the window too much. */
const shortSeconds = 1;
/** So many let in since the last refusal show that there is room beyond the plan: after the next refusal nothing waits. */
const letInLeast = 10;
/** The wait after a refusal that came sooner, doubling up to a whole window, in which the plan gets room of its own. */
const waitFirstMs = 30_000;
const waitMostMs = 300_000;

export class Knocks {
  #letIn = letInLeast;
  #waitMs = 0;
  #at = Number.NEGATIVE_INFINITY;

  /** When a request of so many seconds may go, in the clock's milliseconds; infinite if it is too long for that. */
  at(seconds: number): number {
    return seconds <= shortSeconds ? this.#at : Number.POSITIVE_INFINITY;
  }

  /** A request was executed. */
  letIn(): void {
    this.#letIn += 1;
  }

  /** One was refused. */
  refused(now: number): void {
    const isVain = this.#letIn < letInLeast;
    this.#waitMs = isVain ? Math.min(waitMostMs, Math.max(waitFirstMs, this.#waitMs * 2)) : 0;
    this.#letIn = 0;
    this.#at = now + this.#waitMs;
  }
}
