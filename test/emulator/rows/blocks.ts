/** Memory for millions of packed rows, outside the heap: blocks of a few sizes, each used again for the next record of its size. */

/** Records are rounded up to so many bytes. */
const unit = 16;
const chunkBytes = 1 << 18;
const unitsPerChunk = chunkBytes / unit;

/** A longer record does not fit. */
export const recordMax = chunkBytes;

export class Blocks {
  private readonly chunks: Buffer[] = [];
  /** First unit that was never used. */
  private end = 0;
  /** Blocks given back, by their units. */
  private readonly free: number[][] = [];

  /** The number of a block of at least so many bytes, `recordMax` at most. */
  allocate(bytes: number): number {
    const units = Math.ceil(bytes / unit);
    const again = this.free[units]?.pop();
    if (again !== undefined) {
      return again;
    }
    const left = unitsPerChunk - (this.end % unitsPerChunk);
    if (units > left) {
      this.release(this.end, left * unit);
      this.end += left;
    }
    if (this.end % unitsPerChunk === 0) {
      this.chunks.push(Buffer.allocUnsafeSlow(chunkBytes));
    }
    const block = this.end;
    this.end += units;
    return block;
  }

  /** `bytes` as it was allocated. */
  release(block: number, bytes: number): void {
    const units = Math.ceil(bytes / unit);
    const free = this.free[units] ?? [];
    this.free[units] = free;
    free.push(block);
  }

  chunkOf(block: number): Buffer {
    const chunk = this.chunks[Math.floor(block / unitsPerChunk)];
    if (chunk === undefined) {
      throw new RangeError(`There is no block ${block}.`);
    }
    return chunk;
  }

  offsetOf(block: number): number {
    return (block % unitsPerChunk) * unit;
  }
}
