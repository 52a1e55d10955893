/**
 * The width of an environment that gives no affinity cookies: how many web servers, or what part of one, a principal's windows amount to. It
 * shows at the first refusal for execution time, and is corrected by each later one and by calm. Several servers cannot be told from one that
 * somebody else uses too, and need not be: what there is, is found by trying (docs/scheduling.md).
 */

/** A first refusal when our own use was within this range, in windows, means one server. */
const oneFrom = 0.9;
const oneTo = 1.2;
/** Least width after a first refusal: what one lane takes, since whoever is refused at once does not know what others leave. */
const leastFirst = 0.25;
/** Least width after later ones. */
const least = 0.05;
/** What a refusal leaves of the width. It only says that the fullest of several servers is full. */
const kept = 0.97;
/** A first refusal at a smaller use of our own means that somebody else shares one server; at this or more there may be several servers. */
const sharedMost = 0.7;
/** What a refusal leaves where one server is shared. Both try for more at the same time there, so they try less often and give up more. */
const keptShared = 0.95;
/** After a refusal nothing more of a shared server is tried for a window: by then it shows what all have given up. */
const restMs = 300_000;
/**
 * What calm adds, in windows: one step after the first `calmMs`, two after the second, eight at most. Refusals take a share and calm adds a fixed
 * amount (additive increase, multiplicative decrease), so that those who share a server come to equal parts.
 */
const step = 0.01;
const stepsMost = 8;
const calmMs = 20_000;

/** The width that the first refusal showed to any principal: the others begin with it. */
export interface FirstWidth {
  value: number;
}

export class Width {
  readonly #first: FirstWidth;
  #own: number | undefined;
  #changedAt = 0;
  #refusedAt = 0;
  #isShared = false;
  /** Times in a row that calm has added. */
  #calm = 0;

  constructor(first: FirstWidth) {
    this.#first = first;
  }

  /** Infinite while nothing is known. */
  get value(): number {
    return this.#own ?? this.#first.value;
  }

  /** It is several servers, or a part of one: neither can be known, only tried. */
  get isGuess(): boolean {
    return this.value !== 1 && this.value < Number.POSITIVE_INFINITY;
  }

  /** One server that somebody else has used from the start: of several this principal would have filled more before it was refused. */
  get isShared(): boolean {
    return this.#isShared && this.value < oneTo;
  }

  /** A window was refused. @param seen how many windows the principal's own use would fill. */
  refused(seen: number, now: number): void {
    if (this.value === Number.POSITIVE_INFINITY) {
      this.#own = seen >= oneFrom && seen <= oneTo ? 1 : Math.max(leastFirst, seen);
      this.#isShared = seen > leastFirst && seen < sharedMost;
      // A part of a server tells what is left of this principal's own window, and nothing of the others'.
      if (seen >= oneFrom) this.#first.value = this.#own;
    } else if (this.isGuess) this.#own = Math.max(least, this.value * (this.isShared ? keptShared : kept));
    this.#changedAt = now;
    this.#refusedAt = now;
    this.#calm = 0;
  }

  /** All of it is used, and nothing is refused. */
  calm(now: number): void {
    if (!this.isGuess || now - this.#changedAt < calmMs) return;
    if (this.isShared && now - this.#refusedAt < restMs) return;
    this.#calm = Math.min(stepsMost, this.#calm + 1);
    this.#own = this.value + step * this.#calm;
    this.#changedAt = now;
  }
}
