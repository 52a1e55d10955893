/**
 * The record batches of one stream in memory, and the room for its next one. A record batch is let in without a wait, since it lies in
 * memory already; what waits is the reading of the one after it.
 */
import type { Holder, Permits } from "./permits.ts";

/** Beyond it nothing is read ahead: a quarter is left to requests, which alone empty it. */
const shareOfRecords = 3 / 4;
/** For each byte that it leaves free: a stream alone takes two thirds, and each of n takes 2 in 2n + 1 parts, so that the next finds room. */
const greed = 2;

export class StreamMemory implements Holder {
  readonly #permits: Permits;
  /** For the next record batch, bytes. */
  #kept = 0;

  constructor(permits: Permits) {
    this.#permits = permits;
  }

  /** A stream that holds nothing goes on whatever others hold, and so comes to its end. */
  fits(bytes: number): boolean {
    const held = this.#permits.heldBy(this);
    const free = this.#permits.limit * shareOfRecords - this.#permits.used - bytes;
    return held === 0 || held + bytes <= greed * free;
  }

  /** A record batch came; what was kept for it is its own now. */
  add(bytes: number): void {
    this.#permits.seize(bytes, this);
    this.keepNothing();
  }

  /** Resolves when there is room for another of so many bytes, which is kept; or when the signal is aborted. */
  async keep(bytes: number, signal: AbortSignal): Promise<void> {
    const refused = (): boolean => false;
    const granted = (): boolean => true;
    if (await this.#permits.take(bytes, this, signal).then(granted, refused)) this.#kept += bytes;
  }

  /** Nothing more will come. */
  keepNothing(): void {
    const kept = this.#kept;
    this.#kept = 0;
    this.give(kept);
  }

  /** After a defect rows may be left unsettled; what they held was given back when the stream closed. */
  give(bytes: number): void {
    this.#permits.give(bytes, this);
  }

  /** The stream is closed. */
  giveAll(): void {
    this.#kept = 0;
    this.give(this.#permits.heldBy(this));
  }
}
