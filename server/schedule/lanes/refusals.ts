/**
 * What refusals for too many requests at once teach: there are no more lanes than that. Whether there are more by now is only found by asking
 * for one lane more, now and then. A refusal while nothing more was asked for means that somebody else takes lanes. From then on whoever
 * asks in vain gives some up, and all ask equally often, so that they come to equal parts without talking.
 */

/** Until one lane more is asked for, both so long and so many requests must pass. Each time in vain multiplies both. */
const askMs = 60_000;
const requestsLeast = 60;
const requestsMost = 600;
const requestsGrowth = 3;
/** So long after the last refusal the time of a row is the better guide again. */
const memoryMs = 1_800_000;
/** Beside somebody else the clock alone says when to ask, so that whoever has fewer lanes, and so fewer requests, asks as often. */
const askSharedMs = 240_000;
/** The same after one that was let in. */
const askOnMs = 120_000;
/** The share of the lanes that is kept when one more was asked for in vain beside somebody else. */
const keptShare = 0.75;
/** So long after the last trace of somebody else, nobody is expected any more. */
const sharedMemoryMs = 3_600_000;

export class Refusals {
  #at = Number.NEGATIVE_INFINITY;
  #sharedAt = Number.NEGATIVE_INFINITY;
  #askAt = Number.NEGATIVE_INFINITY;
  /** To be answered before one lane more is asked for, and how many of them are left. */
  #requests = requestsLeast;
  #left = 0;
  #isAsking = false;

  /** Whether the last one still says how many lanes there are. */
  hold(now: number): boolean {
    return now - this.#at < memoryMs;
  }

  /** One of `lanes` was refused while so many others were in flight. @returns how many lanes to use from now on, at least 1. */
  refused(lanes: number, others: number, now: number): number {
    const isVain = this.#isAsking && this.#isShared(now);
    if (this.#isAsking) this.#requests = Math.min(requestsMost, this.#requests * requestsGrowth);
    else if (this.hold(now)) {
      this.#requests = requestsLeast;
      // Refusals of one moment come together: only the first tells that somebody came.
      if (now - this.#at > askMs) this.#sharedAt = now;
    }
    // A request that was alone would have found room.
    if (others === 0) this.#sharedAt = now;
    this.#isAsking = false;
    this.#at = now;
    this.#askAt = now + (this.#isShared(now) ? askSharedMs : (askMs * this.#requests) / requestsLeast);
    this.#left = this.#requests;
    const left = Math.min(lanes, others);
    return Math.max(1, isVain ? Math.floor(left * keptShare) : left);
  }

  /** A request was answered. */
  answered(): void {
    this.#left -= 1;
  }

  /** Whether to ask for one lane more now; then it is taken for asked. */
  mayAsk(now: number): boolean {
    const isShared = this.#isShared(now);
    if (now < this.#askAt || (this.#left > 0 && !isShared)) return false;
    // The last one was not refused: there may be many more.
    if (this.#isAsking) this.#requests = requestsLeast;
    this.#isAsking = true;
    this.#left = this.#requests;
    if (isShared) this.#askAt = now + askOnMs;
    return true;
  }

  /** Somebody else was seen to take lanes. */
  #isShared(now: number): boolean {
    return now - this.#sharedAt < sharedMemoryMs;
  }
}
