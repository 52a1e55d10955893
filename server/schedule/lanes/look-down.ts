/**
 * When fewer lanes are tried: at once after the start, whose few replies tell little, then ever more seldom, since a look costs much where
 * lanes are few, and what it finds may be noise.
 */

/** Between two looks, doubling until one finds something. */
const leastMs = 60_000;
const mostMs = 1_200_000;
/** From the second look in a row that found nothing, which is no noise: the next comes after so many times what the look cost. */
const worth = 100;
/** After a look that ended between two numbers of lanes: whether there are still too many is soon looked at again. */
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

  /** The look settled between the lanes that were tried and those before. */
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
