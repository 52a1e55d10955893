/** The times at which requests entered a sliding window, oldest first. Bounded by the limit itself: what is refused does not enter. */

export class Arrivals {
  private times: number[] = [];
  /** Those before this one have left; the array is cut when they are the greater part, so that leaving costs nothing. */
  private first = 0;

  get count(): number {
    return this.times.length - this.first;
  }

  add(time: number): void {
    this.times.push(time);
  }

  /** Lets go of what is not after `edge`. */
  forget(edge: number): void {
    while (this.first < this.times.length && (this.times[this.first] ?? 0) <= edge) {
      this.first += 1;
    }
    if (this.first * 2 > this.times.length) {
      this.times = this.times.slice(this.first);
      this.first = 0;
    }
  }

  /** The time of the n-th oldest, from 1. */
  nth(n: number): number | undefined {
    return this.times[this.first + n - 1];
  }
}
