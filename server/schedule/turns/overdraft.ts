/** Streams so small that they do not wait for a lane, as long as such streams take next to nothing of what all were served. */

/** Of a stream that needs no more than this in all, seconds. */
const smallSeconds = 1;
const share = 0.02;
/** Left unused it is kept up to so much, seconds: after days all lanes could be crowded for hours. */
const savedMost = 60;

export class Overdraft {
  /** Seconds of execution that are left to small streams beside the queue. */
  #left = 0;

  /** Whether a stream may take so many seconds that was served so many before. */
  allows(seconds: number, before: number): boolean {
    return before + seconds <= smallSeconds && seconds <= this.#left;
  }

  overdraw(seconds: number): void {
    this.#left -= seconds;
  }

  /** A turn was served, of whatever stream. */
  served(seconds: number): void {
    this.#left = Math.min(savedMost, this.#left + share * seconds);
  }
}
