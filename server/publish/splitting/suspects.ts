/**
 * Rows that a `$batch` is to judge one by one, of several refused bulk requests: they wait until they fill one, since a request for every
 * few of them would pay for itself and its journey each time.
 */
import type { Operation } from "../rows/batch.ts";
import { operationsMax } from "../rows/batch.ts";

/** None waits longer, milliseconds: somebody waits for its outcome, and it keeps its record batch in memory. */
const waitMostMs = 10_000;
/** Of the time since the first one came: at first their verdicts tell how dense bad rows are. */
const waitShare = 0.1;

/** Bounded by the rows in memory, which hold permits. */
export class Suspects {
  readonly #operations: Operation[] = [];
  #firstAt = Number.NaN;
  /** When the oldest of them came. */
  #since = 0;

  /** @param now in the clock's milliseconds. */
  add(operations: readonly Operation[], now: number): void {
    if (Number.isNaN(this.#firstAt)) this.#firstAt = now;
    if (this.#operations.length === 0) this.#since = now;
    this.#operations.push(...operations);
  }

  /** Full requests, or those for all of them where nothing else is to be sent. */
  requests(isIdle: boolean): number {
    const requests = this.#operations.length / operationsMax;
    return isIdle ? Math.ceil(requests) : Math.floor(requests);
  }

  /** As many as fill a request, or fewer if they have waited long enough; none while they are to wait. */
  due(now: number): readonly Operation[] {
    const patienceMs = Math.min(waitMostMs, waitShare * (now - this.#firstAt));
    return this.#operations.length >= operationsMax || now - this.#since >= patienceMs ? this.take(now) : [];
  }

  /** As many as there are for one request. */
  take(now: number): readonly Operation[] {
    this.#since = now;
    return this.#operations.splice(0, operationsMax);
  }

  drain(): readonly Operation[] {
    return this.#operations.splice(0);
  }
}
