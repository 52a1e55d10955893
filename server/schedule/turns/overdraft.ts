/** Streams so small that they do not wait for a lane, as long as such streams take next to nothing of what all were served. */

/** Of a stream that needs no more than this in all, seconds. */
const smallSeconds = 1;
const share = 0.02;

export class Overdraft {
  /** Seconds of execution, of all streams and of small ones beside the queue. */
  #served = 0;
  #overdrawn = 0;

  /** Whether a stream may take so many seconds that was served so many before. */
  allows(seconds: number, before: number): boolean {
    return before + seconds <= smallSeconds && this.#overdrawn + seconds <= share * this.#served;
  }

  overdraw(seconds: number): void {
    this.#overdrawn += seconds;
  }

  /** A turn was served, of whatever stream. */
  served(seconds: number): void {
    this.#served += seconds;
  }
}
