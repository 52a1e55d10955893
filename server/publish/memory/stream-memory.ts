/**
 * The record batches of one stream in memory, and the room for its next one, which is had before that is read. A client that is silent keeps
 * nothing from others.
 */
import type { Holder, Permits } from "./permits.ts";

/** Beyond it nothing is read ahead: a quarter is left to requests, which alone empty it. */
const shareOfRecords = 3 / 4;
/** For each byte that it leaves free: a stream alone takes two thirds, and each of n takes 2 in 2n + 1 parts, so that the next finds room. */
const greed = 2;
/** About as much lies in the window of a connection before anybody is asked: a stream of ten rows waits for no memory. */
export const windowful = 128 * 1024;
/**
 * What streams that stand before one service have whatever else is held: rows that wait for another service, and outcome rows that a client
 * reads only when it has written all, must not keep them for ever.
 */
export const leastOfService = 4 * 1024 * 1024;

export class StreamMemory implements Holder {
  readonly group: object;
  readonly #permits: Permits;
  /** For the next record batch, bytes. */
  #kept = 0;

  /** @param service that its rows go to: streams of one service come to their end by each other. */
  constructor(permits: Permits, service: object) {
    this.#permits = permits;
    this.group = service;
  }

  /** A stream that holds nothing goes on as soon as there is any room, however much it asks: all such have the same chance, in their order. */
  fits(bytes: number): boolean {
    const { limit, used } = this.#permits;
    const held = this.#permits.heldBy(this);
    if (held > 0) return held + bytes <= greed * (limit * shareOfRecords - used - bytes);
    return bytes <= windowful || used < limit || this.#permits.heldBy(this.group) < leastOfService;
  }

  /** A record batch came; what was kept for it is its own now. */
  add(bytes: number): void {
    this.#permits.seize(bytes, this);
    this.keepNothing();
  }

  /**
   * Resolves when there is room for so many bytes, which is kept, or when the signal is aborted; undefined if there is at once. From then on
   * nothing is kept: what is read is not sent, and a stream that has closed gives nothing back.
   */
  keep(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted) return undefined;
    const granted = (): void => {
      this.#kept += bytes;
    };
    if (!this.#permits.tryTake(bytes, this)) {
      return this.#permits.take(bytes, this, signal).then(granted, () => {
        // The stream stops, and what it reads from now on is not sent.
      });
    }
    granted();
    return undefined;
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
    this.give(this.#permits.heldBy(this));
  }
}
