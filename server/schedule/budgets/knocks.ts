/**
 * Requests beyond a plan of less than one lane. That others leave so little is a guess from refusals, which may have another cause: streams
 * of ten rows would wait for hours for it. So one short request at a time goes all the same, until one of few is refused, and then ever more
 * seldom.
 */

/** Such a request at most, seconds: one that takes longer is dear to those who use the rest. */
const shortSeconds = 1;
/** Let in since the last refusal: so many show that there is room beyond the plan, and the next goes at once. */
const letInLeast = 10;
/** After one that was refused sooner, doubling; by the end of a window the plan has room again. */
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
