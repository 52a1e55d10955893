/** Streams so small that they do not wait for a lane, as long as such streams take next to nothing of what all were served. */

/** A small stream needs no more than this in all, seconds. */
const smallSeconds = 1;
/** What such streams may have beside the queue, of what all are served. */
const share = 0.02;
/** Seconds of it that are saved while unused: what days had saved would let a flood of such streams crowd all lanes for hours. */
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
