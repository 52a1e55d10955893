/**
 * The share of the documented limits that one principal plans with at one web server. A throttle reply that our own use does not explain
 * means that somebody else uses the principal, or that the limit is another than documented; which, and how much is left, is found by trying.
 * After a refusal the share rests, then grows slowly at first and soon in leaps, since whoever else was there may have left; the rest doubles
 * each time that the trial is refused.
 */

/** 18 s of a window are left for errors of measuring (docs/scheduling.md). */
const most = 0.985;
const least = 0.05;
/** Refused when our own use was less than this part of the planned share: somebody else used the rest. */
const ownUse = 0.9;
/** What is kept of the share at the first such refusal, and at each later one. */
const foreignFirst = 0.65;
const foreignAgain = 0.92;
/** After so long nobody else is expected any more. */
export const foreignMemoryMs = 3_600_000;
/** What a refusal takes from the share that our own use explains. */
const step = 0.015;
/** What comes back a second while nobody else was seen. */
const recovery = 0.0001;
/** The rest after a refusal. At first a window: what was sent before the refusal has left it by then. */
const restFirstMs = 300_000;
const restMostMs = 3_600_000;
/** Time in which what is tried beyond the refused share doubles: one step after the first such time, three after the second. */
const doublingMs = 150_000;
/** A refusal that leaves hardly more than the one before did shows that nothing has changed: the next rest is longer. */
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

  /** As it was when `at` was last called; the same goes for the getters below. */
  get last(): number {
    return this.#value;
  }

  /** Somebody else was seen, and the share has not grown back to all since. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** It has begun to grow beyond what the last refusal left. */
  get isTrying(): boolean {
    return this.#isShared && this.#value > this.#held;
  }

  /** It was less than all, and grows back. */
  get isRecovering(): boolean {
    return this.#value < most;
  }

  /** A limit was refused. @param used our own use of it then: 1 = as much as is documented. */
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
