/**
 * How many web servers stand behind an environment that gives no affinity cookies, as one principal's windows see it: it shows itself
 * at the first refusal for execution time, and is corrected by each later one and by calm. Nothing tells several servers from one that
 * somebody else uses too, and nothing need: both are found by trying (docs/scheduling.md).
 */

/** Refused at such a use of our own, it is one server. */
const oneFrom = 0.9;
const oneTo = 1.2;
/** As much as one lane takes: whoever is refused at once does not know what others leave. */
const leastFirst = 0.25;
const least = 0.05;
/** One server of several is fuller than the others: a refusal says that the fullest is full, calm that there is a little more. */
const kept = 0.97;
/** Refused at such a use of our own or a greater one, it may be several servers that somebody else fills as fast. */
const sharedMost = 0.7;
/** The same of one server that somebody else uses, too, who tries to have more at the same time: less often, and each time more is given up. */
const keptShared = 0.95;
/** A window, after which what all gave up is seen: nothing more of a shared server is tried before. */
const restMs = 300_000;
/**
 * Windows more after the first while of calm, twice as many after the second, up to eight times. Not a share of what one has: who has much
 * gives up more by a refusal, which comes to all alike, and gets back as much as who has little, so that they come to equal parts.
 */
const step = 0.01;
const stepsMost = 8;
const calmMs = 20_000;

/** What the first principal that was refused has seen: the others begin with it. */
export interface FirstWidth {
  value: number;
}

export class Width {
  readonly #first: FirstWidth;
  #own: number | undefined;
  #changedAt = 0;
  #refusedAt = 0;
  #isShared = false;
  /** Whiles in a row without a refusal. */
  #calm = 0;

  constructor(first: FirstWidth) {
    this.#first = first;
  }

  /** Infinite while nothing is known. */
  get value(): number {
    return this.#own ?? this.#first.value;
  }

  /** Several servers of which none can be addressed, or what somebody else leaves of one: it cannot be known, only tried. */
  get isGuess(): boolean {
    return this.value !== 1 && this.value < Number.POSITIVE_INFINITY;
  }

  /** Of one server somebody else has had a part from the start: behind several this principal would have filled more before it was refused. */
  get isShared(): boolean {
    return this.#isShared && this.value < oneTo;
  }

  /** Refused when the principal had used its windows `seen` times over. */
  refused(seen: number, now: number): void {
    if (this.value === Number.POSITIVE_INFINITY) {
      this.#own = seen >= oneFrom && seen <= oneTo ? 1 : Math.max(leastFirst, seen);
      this.#isShared = seen > leastFirst && seen < sharedMost;
      // Less than one says what somebody else uses, which may be this principal alone.
      if (seen >= oneFrom) this.#first.value = this.#own;
    } else if (this.isGuess) this.#own = Math.max(least, this.value * (this.isShared ? keptShared : kept));
    this.#changedAt = now;
    this.#refusedAt = now;
    this.#calm = 0;
  }

  /** What there is of it is used up, and nothing is refused. */
  calm(now: number): void {
    if (!this.isGuess || now - this.#changedAt < calmMs) return;
    if (this.isShared && now - this.#refusedAt < restMs) return;
    this.#calm = Math.min(stepsMost, this.#calm + 1);
    this.#own = this.value + step * this.#calm;
    this.#changedAt = now;
  }
}
