/**
 * Of the limits that are documented, the share that one principal plans with at one web server. A throttle reply that our own use does not
 * explain tells that somebody else uses the principal, or that the limit is another one: both are found by trying. What was refused is
 * tried again after a rest, a little at first and soon in leaps, for whoever else was there may have left; the rest doubles while that is
 * in vain.
 */

/** 18 s of a window are left for errors of measuring (docs/scheduling.md). */
const most = 0.985;
const least = 0.05;
/** Of a limit that was refused at such a use of our own, somebody else used the rest. */
const ownUse = 0.9;
const foreignFirst = 0.65;
const foreignAgain = 0.92;
/** After so long nobody else is expected any more. */
export const foreignMemoryMs = 3_600_000;
const step = 0.015;
/** Of the share, a second, while nobody else was seen. */
const recovery = 0.0001;
/** A window: what was sent before the refusal is over by then. */
const restFirstMs = 300_000;
const restMostMs = 3_600_000;
/** What is tried beyond the share that was refused doubles: a step in the first such while, three in two. */
const doublingMs = 150_000;
/** Left after a refusal with no more than so much beyond what it was left with before: nothing has changed. */
const vainMost = 0.03;

export class Share {
  #value = most;
  #at = 0;
  #isShared = false;
  /** What the last refusal left. */
  #held = most;
  #restMs = restFirstMs;
  /** When the rest is over. */
  #tryAt = 0;

  at(now: number): number {
    this.#value = Math.min(
      most,
      this.#isShared ? this.#tried(now) : this.#value + (recovery * (now - this.#at)) / 1000,
    );
    this.#at = now;
    if (this.#value === most) this.#isShared = false;
    return this.#value;
  }

  #tried(now: number): number {
    const ms = Math.max(0, now - this.#tryAt);
    return this.#held + step * (2 ** (ms / doublingMs) - 1);
  }

  /** As it was the last time that it was asked for, as is what follows. */
  get last(): number {
    return this.#value;
  }

  /** Somebody else was seen, until all of the limit is had again. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** It has begun to grow beyond what was refused. */
  get isTrying(): boolean {
    return this.#isShared && this.#value > this.#held;
  }

  /** It was less than all, and grows back. */
  get isRecovering(): boolean {
    return this.#value < most;
  }

  /** A limit was refused when our own requests had used it so many times over. */
  overdrawn(used: number, now: number): void {
    const share = this.at(now);
    const isForeign = used < ownUse * share;
    if (isForeign) this.#value = share * (this.#isShared ? foreignAgain : foreignFirst);
    else this.#value = (this.#isShared ? Math.min(share, used) : share) - step;
    this.#value = Math.max(least, this.#value);
    if (!this.#isShared || this.#value >= this.#held + vainMost) this.#restMs = restFirstMs;
    else if (now >= this.#tryAt) this.#restMs = Math.min(restMostMs, this.#restMs * 2);
    this.#isShared ||= isForeign;
    this.#held = this.#value;
    this.#tryAt = now + this.#restMs;
  }
}
