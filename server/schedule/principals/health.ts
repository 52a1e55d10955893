/**
 * Whether a principal is let in. One whose sign-in is refused, or that may not enter the environment, is left alone for a while and
 * then tried by one request; what it was refused goes by another one, because nothing of it was applied.
 */

/** Long enough not to knock all the time, short enough that a role or a secret put right is noticed while people look. */
const quarantineFirstMs = 30_000;
const quarantineMostMs = 600_000;

export class Health {
  /** 0 = let in, as far as known. */
  #quarantineMs = 0;
  #until = Number.NEGATIVE_INFINITY;
  #isTried = false;

  get isQuarantined(): boolean {
    return this.#quarantineMs > 0;
  }

  /** Any request while it is let in; after a quarantine one alone, until that one tells. */
  mayTry(now: number): boolean {
    return !this.isQuarantined || (now >= this.#until && !this.#isTried);
  }

  /** When `mayTry` changes its mind by itself, in the clock's milliseconds. */
  nextAt(now: number): number {
    return this.isQuarantined && now < this.#until ? this.#until : Number.POSITIVE_INFINITY;
  }

  /** A request goes by it. */
  tried(): void {
    this.#isTried = true;
  }

  /** A request of it is over, whatever it told. */
  ended(): void {
    this.#isTried = false;
  }

  /** @returns whether it had been refused before. */
  accepted(): boolean {
    const wasQuarantined = this.isQuarantined;
    this.#quarantineMs = 0;
    return wasQuarantined;
  }

  /** @returns for how long it is left alone, milliseconds; undefined when it is already: requests that were under way say nothing new. */
  refused(now: number): number | undefined {
    if (this.isQuarantined && now < this.#until) return undefined;
    const doubled = Math.min(quarantineMostMs, this.#quarantineMs * 2);
    this.#quarantineMs = this.isQuarantined ? doubled : quarantineFirstMs;
    this.#until = now + this.#quarantineMs;
    return this.#quarantineMs;
  }
}
