/**
 * When fewer lanes are tried: at once after the start, whose few replies tell little, then ever more seldom. What is found may be noise, and
 * costs much where lanes are few.
 */

const leastMs = 60_000;
const mostMs = 1_200_000;
/** Two looks in a row that found nothing were no noise: what the last one cost is earned so many times before the next. */
const worth = 100;
/** After one that ended on the way: whether they are too many still is soon looked at. */
const soonMs = 30_000;

export class LookDown {
  #at = 0;
  #waitMs = leastMs;
  #from = 0;
  /** Looks in a row that found nothing. */
  #vain = 0;

  isDue(now: number): boolean {
    return now >= this.#at;
  }

  begin(now: number): void {
    this.#from = now;
    this.#at = now + this.#waitMs;
    this.#waitMs = Math.min(mostMs, this.#waitMs * 2);
  }

  /** Fewer lanes did as much. */
  found(): void {
    this.#waitMs = leastMs;
    this.#vain = 0;
  }

  /** Between what was tried and what there was before. */
  endedOnTheWay(now: number): void {
    this.#at = now + soonMs;
  }

  /** Fewer lanes did less. @param share of the lanes that was tried. */
  inVain(share: number, now: number): void {
    this.#vain += 1;
    const lostMs = (now - this.#from) * (1 - share);
    if (this.#vain > 1) this.#at = Math.max(this.#at, now + worth * lostMs);
  }
}
