/**
 * A token bucket beside a window, in seconds of execution: it refills at the rate that the window sustains and is emptied by what is sent, so
 * that what leaves the window as a volley is not sent again as one. While the window is still empty all of it may be spent: the burst.
 */

/** What the bucket holds of each server, seconds: more would make volleys, less would lose what noise left unspent. */
const most = 360;
/** The same where somebody else uses the window too: what both saved would be sent as a volley of both, and again 300 s later. */
const mostShared = 20;
/** With so many tokens, seconds of each server, two spare lanes more are used. */
const plenty = 36;

/** What the bucket is filled from. */
export interface Source {
  /** Web servers. */
  readonly width: number;
  /** Tokens a second. */
  readonly perSecond: number;
  /** Seconds of execution that the window has room for, beside what is booked. */
  readonly room: number;
  /** Nothing is booked. */
  readonly isIdle: boolean;
  /** Somebody else is known to use the window, too. */
  readonly isShared: boolean;
}

export class TokenBucket {
  #tokens = Number.POSITIVE_INFINITY;
  #at = 0;
  #isBurst = true;

  /** From now on it holds what the other one holds. */
  follow(other: TokenBucket): void {
    this.#tokens = other.#tokens;
    this.#at = other.#at;
    this.#isBurst = other.#isBurst;
  }

  get isBurst(): boolean {
    return this.#isBurst;
  }

  beginBurst(): void {
    this.#isBurst = true;
  }

  /** Nothing may be spent faster than it comes back any more. */
  endBurst(): void {
    this.#isBurst = false;
  }

  /** There is something to spend. */
  get isOpen(): boolean {
    return this.#tokens >= 0;
  }

  /** When there will be something to spend, in the clock's milliseconds. */
  openAt(perSecond: number, now: number): number {
    return this.isOpen ? now : now + (-this.#tokens / perSecond) * 1000;
  }

  /** Lanes of each server beyond those that its window sustains, for requests of so many seconds: they spend what was saved. */
  spareLanes(seconds: number, width: number): number {
    const each = this.#tokens / width;
    const few = (each > seconds ? 1 : 0) + (each > plenty ? 2 : 0);
    return few + Math.max(0, Math.floor(each / 60) - 1);
  }

  refill({ width, perSecond, room, isIdle, isShared }: Source, now: number): void {
    const cap = this.#isBurst ? room : (isShared ? mostShared : most) * width;
    const refilled = this.#tokens + (perSecond * (now - this.#at)) / 1000;
    this.#tokens = this.#isBurst && isIdle ? cap : Math.min(cap, refilled);
    this.#at = now;
  }

  /** What is booked counts as spent, until it is charged or cancelled. */
  book(seconds: number): void {
    this.#tokens -= seconds;
  }

  cancel(seconds: number): void {
    this.#tokens += seconds;
  }

  /** So many seconds were executed. The burst ends while there is still something to spend. */
  charge(seconds: number, width: number): void {
    this.#tokens -= seconds;
    if (this.#tokens < most * width) this.#isBurst = false;
  }

  /** The service says that there is nothing to spend. */
  overdrawn(): void {
    this.#isBurst = false;
    this.#tokens = Math.min(this.#tokens, 0);
  }
}
