/**
 * How many web servers stand behind an environment that gives no affinity cookies, as one principal's windows see it: it shows itself
 * at the first refusal for execution time, and is corrected by each later one (docs/scheduling.md).
 */

/** Up to here it is one server. */
const oneTo = 1.2;
/** One server of several is fuller than the others: a refusal says that the fullest is full, calm that there is a little more. */
const down = 0.97;
const up = 1.015;
const calmMs = 20_000;

/** What the first principal that was refused has seen: the others begin with it. */
export interface FirstWidth {
  value: number;
}

export class Width {
  readonly #first: FirstWidth;
  #own: number | undefined;
  #changedAt = 0;

  constructor(first: FirstWidth) {
    this.#first = first;
  }

  /** Infinite while nothing is known. */
  get value(): number {
    return this.#own ?? this.#first.value;
  }

  /** Several servers of which none can be addressed. */
  get isMany(): boolean {
    return this.value > 1 && this.value < Number.POSITIVE_INFINITY;
  }

  /** Refused when the principal had used its windows `seen` times over. */
  refused(seen: number, now: number): void {
    if (this.value === Number.POSITIVE_INFINITY) {
      this.#own = seen > oneTo ? seen : 1;
      this.#first.value = this.#own;
    } else if (this.isMany) this.#own = Math.max(1, this.value * down);
    this.#changedAt = now;
  }

  /** The window is full, and nothing is refused. */
  calm(now: number): void {
    if (!this.isMany || now - this.#changedAt < calmMs) return;
    this.#own = this.value * up;
    this.#changedAt = now;
  }
}
