/**
 * Of the limits that are documented, the share that one principal plans with at one web server. A throttle reply that our own use does not
 * explain tells that somebody else uses the principal: a share is left to them, and taken back within hours.
 */

/** 18 s of a window are left for errors of measuring (docs/scheduling.md). */
const most = 0.985;
const least = 0.05;
/** Of a limit that was refused at such a use of our own, somebody else used the rest. */
const ownUse = 0.9;
const foreignFirst = 0.65;
const foreignAgain = 0.92;
/** So long somebody else is remembered. */
export const foreignMemoryMs = 3_600_000;
const step = 0.015;
/** Of the share, a second; slower while somebody else was seen to use the principal. */
const recovery = 0.0001;
const recoveryShared = 0.00003;

export class Share {
  #value = most;
  #at = 0;
  #foreignAt = Number.NEGATIVE_INFINITY;

  at(now: number): number {
    const perSecond = now - this.#foreignAt < foreignMemoryMs ? recoveryShared : recovery;
    this.#value = Math.min(most, this.#value + (perSecond * (now - this.#at)) / 1000);
    this.#at = now;
    return this.#value;
  }

  /** It was less than all, the last time that it was asked for, and grows back. */
  get isRecovering(): boolean {
    return this.#value < most;
  }

  /** A limit was refused when our own requests had used it so many times over. */
  overdrawn(used: number, now: number): void {
    const share = this.at(now);
    if (used >= ownUse * share) this.#value = share - step;
    else {
      this.#value = share * (now - this.#foreignAt > foreignMemoryMs ? foreignFirst : foreignAgain);
      this.#foreignAt = now;
    }
    this.#value = Math.max(least, this.#value);
  }
}
