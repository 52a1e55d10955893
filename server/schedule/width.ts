/**
 * How many web servers stand behind an environment that gives no affinity cookies: it shows itself at the first refusal for execution
 * time, and is corrected by each later one (reference: scheduler policy 2.1, 9).
 */

const secondsMax = 1200;
/** Within this range it is one server. */
const oneFrom = 0.8;
const oneTo = 1.2;
/** One server of several is fuller than the others: the first refusal finds less than there is, and a later one a little too much. */
const down = 0.97;
const up = 1.01;
const calmMs = 60_000;

export class Width {
  #value = Number.POSITIVE_INFINITY;
  #changedAt = 0;

  /** Infinite while nothing is known. */
  get value(): number {
    return this.#value;
  }

  /** Several servers of which none can be addressed. */
  get isMany(): boolean {
    return this.#value > 1 && this.#value < Number.POSITIVE_INFINITY;
  }

  /** A principal was refused for execution time when its own window held so many seconds. */
  refused(used: number, now: number): void {
    const seen = used / secondsMax;
    if (this.#value === Number.POSITIVE_INFINITY) this.#value = seen > oneTo ? seen : 1;
    else if (this.isMany) this.#value = Math.max(1, this.#value * down);
    if (this.#value < oneTo && seen < oneTo && seen > oneFrom) this.#value = 1;
    this.#changedAt = now;
  }

  /** The windows are full, and nothing is refused. */
  calm(now: number): void {
    if (!this.isMany || now - this.#changedAt < calmMs) return;
    this.#value *= up;
    this.#changedAt = now;
  }
}
