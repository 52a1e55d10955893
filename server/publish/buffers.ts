/**
 * Buffers that bodies are encoded into, used again and again: V8 answers each 64 MiB of fresh ones with a collection of the whole heap,
 * which would cost more than the encoding of small rows. A buffer is given back when nobody can read it any more, and never before.
 */

/** Requests of about the same size get buffers of the same size. */
const step = 65_536;
/** A bulk body or two, or those of a dozen `$batch` requests: while a stream is busy, the next request takes what the last one gave. */
export const freeBytesMax = 1 << 20;

export class Buffers {
  /** The longest unused first. */
  readonly #free: Buffer[] = [];
  #bytes = 0;

  /** At least so many bytes, and at most twice as many; they hold whatever they held before. */
  take(bytes: number): Buffer {
    const size = Math.ceil(bytes / step) * step;
    const at = this.#free.findIndex(({ length }) => length >= bytes && length <= 2 * size);
    const [free] = at < 0 ? [] : this.#free.splice(at, 1);
    this.#bytes -= free?.length ?? 0;
    return free ?? Buffer.allocUnsafeSlow(size);
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer);
    this.#bytes += buffer.length;
    while (this.#bytes > freeBytesMax) this.#bytes -= this.#free.shift()?.length ?? 0;
  }
}
