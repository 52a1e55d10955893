/** A sliding sum: entries enter in the order of time and leave when the window has passed them. */

export interface Entry {
  readonly time: number;
  readonly weight: number;
}

export class Sliding {
  private entries: Entry[] = [];
  /** Entries before this one have left; the array is cut when they are the greater part, so that leaving costs nothing. */
  private first = 0;
  private sum = 0;

  get count(): number {
    return this.entries.length - this.first;
  }

  get weight(): number {
    return this.sum;
  }

  get oldest(): Entry | undefined {
    return this.entries[this.first];
  }

  add(time: number, weight: number): void {
    this.entries.push({ time, weight });
    this.sum += weight;
  }

  /** Lets go of what is not after `edge`. */
  forget(edge: number): void {
    for (let oldest = this.oldest; oldest !== undefined && oldest.time <= edge; oldest = this.oldest) {
      this.sum -= oldest.weight;
      this.first += 1;
    }
    if (this.first * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.first);
      this.first = 0;
    }
  }

  /** The entry with whose leaving more than `weight` will have left; undefined if there is not so much. */
  leaves(weight: number): Entry | undefined {
    let left = 0;
    for (let at = this.first; at < this.entries.length; at += 1) {
      const entry = this.entries[at];
      left += entry?.weight ?? 0;
      if (left > weight) {
        return entry;
      }
    }
    return undefined;
  }
}
