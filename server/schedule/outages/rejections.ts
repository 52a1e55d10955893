/**
 * Whether a 503, or a connection that is broken off, means that too many requests were in flight. A service that is away rejects everybody; one
 * that is asked for more than it takes rejects some, and lets others in meanwhile. Only the latter tells of lanes, and only if it recurs.
 */

/** HTTP: Service Unavailable. */
export const rejectedStatus = 503;
/** After so long without a rejection the next one has another cause. */
const memoryMs = 60_000;
/** Fewer rejections happen by chance. */
const rejectedLeast = 4;
/** Rejections for each request that was let in, at least: where requests fail by chance, most are let in. */
const shareLeast = 0.25;

export class Rejections {
  #firstAt = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #rejected = 0;
  /** Requests executed that had left after the first rejection. */
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
