/** The memory of one stream: permits of its own share and of the process, and what it still holds of them when it closes. */
import { Permits } from "./permits.ts";

/** A quarter of the process' default, so that one stream that is not read cannot hold up the others. */
const streamBytesMax = 32 << 20;

export class StreamMemory {
  readonly #own = new Permits(streamBytesMax);
  readonly #shared: Permits;
  /** Bytes. */
  #held = 0;

  /** @param shared by all streams of the process. */
  constructor(shared: Permits) {
    this.#shared = shared;
  }

  /** Resolves when there is room for so many bytes; with false when the signal was aborted first. */
  async take(bytes: number, signal: AbortSignal): Promise<boolean> {
    const refused = (): boolean => false;
    const granted = (): boolean => true;
    if (!(await this.#own.take(bytes, signal).then(granted, refused))) return false;
    if (!(await this.#shared.take(bytes, signal).then(granted, refused))) {
      this.#own.give(bytes);
      return false;
    }
    this.#held += bytes;
    return true;
  }

  /** After a defect rows may be left unsettled; what they held was given back when the stream closed. */
  give(bytes: number): void {
    const held = Math.min(bytes, this.#held);
    this.#held -= held;
    this.#own.give(held);
    this.#shared.give(held);
  }

  /** The stream is closed. */
  giveAll(): void {
    this.give(this.#held);
  }
}
