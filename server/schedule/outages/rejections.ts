/**
 * What 503, or a connection that is broken off, tells of lanes. A service that is away answers so to everybody; one that has more requests
 * than it takes answers so to some, and lets others in meanwhile. Only the latter says how many there may be, and a lone one says nothing.
 */

/** HTTP: Service Unavailable. */
export const rejectedStatus = 503;
/** After so long without one, they have another cause. */
const memoryMs = 60_000;
/** So few happen by chance. */
const rejectedLeast = 4;
/** To each that was let in, at least: of requests that fail by chance most are let in. */
const shareLeast = 0.25;

export class Rejections {
  #firstAt = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #rejected = 0;
  /** Requests that left after the first was rejected. */
  #letIn = 0;

  /** A request that had left at `leftAt` was answered so. @returns whether that says that too many were under way. */
  met({ status }: { readonly status: number }, leftAt: number, now: number): boolean {
    if (status === rejectedStatus) return this.rejected(now);
    if (status < 300) this.letIn(leftAt);
    return false;
  }

  /** A request that had left at `leftAt` was executed. Times are the clock's milliseconds. */
  letIn(leftAt: number): void {
    if (leftAt > this.#firstAt) this.#letIn += 1;
  }

  /** One was answered 503, or not at all. @returns whether that says that too many were under way. */
  rejected(now: number): boolean {
    if (now - this.#lastAt > memoryMs) {
      this.#firstAt = now;
      this.#rejected = 0;
      this.#letIn = 0;
    }
    this.#lastAt = now;
    this.#rejected += 1;
    return this.#letIn > 0 && this.#rejected >= rejectedLeast && this.#rejected >= shareLeast * this.#letIn;
  }
}
