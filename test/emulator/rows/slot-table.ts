/** A hash table from anything to slots: it holds nothing but slot numbers, and asks its owner for hashes and for what is equal. */

const startSize = 64;

export class SlotTable {
  private cells = new Uint32Array(startSize);
  private count = 0;
  private readonly hashOf: (slot: number) => number;

  /** `hashOf`: 32 bits, well mixed, of what a slot in the table stands for. */
  constructor(hashOf: (slot: number) => number) {
    this.hashOf = hashOf;
  }

  get size(): number {
    return this.count;
  }

  find(hash: number, isIt: (slot: number) => boolean): number | undefined {
    const mask = this.cells.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const cell = this.cells[at] ?? 0;
      if (cell === 0) {
        return undefined;
      }
      if (isIt(cell - 1)) {
        return cell - 1;
      }
    }
  }

  /** The slot must not be there. */
  add(slot: number): void {
    if (2 * (this.count + 1) > this.cells.length) {
      this.grow();
    }
    this.put(slot);
    this.count += 1;
  }

  remove(slot: number): void {
    const mask = this.cells.length - 1;
    let hole = this.hashOf(slot) & mask;
    while (this.cells[hole] !== slot + 1) {
      if (this.cells[hole] === 0) {
        return;
      }
      hole = (hole + 1) & mask;
    }
    this.count -= 1;
    // Whoever stands behind the hole and was meant for a place at or before it moves up, so that no search ends too early.
    for (let at = (hole + 1) & mask; (this.cells[at] ?? 0) !== 0; at = (at + 1) & mask) {
      const home = this.hashOf((this.cells[at] ?? 0) - 1) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        this.cells[hole] = this.cells[at] ?? 0;
        hole = at;
      }
    }
    this.cells[hole] = 0;
  }

  private put(slot: number): void {
    const mask = this.cells.length - 1;
    let at = this.hashOf(slot) & mask;
    while (this.cells[at] !== 0) {
      at = (at + 1) & mask;
    }
    this.cells[at] = slot + 1;
  }

  private grow(): void {
    const before = this.cells;
    this.cells = new Uint32Array(2 * before.length);
    for (const cell of before) {
      if (cell !== 0) {
        this.put(cell - 1);
      }
    }
  }
}

/** The same words with room for `least`, twice the room at least each time. */
export function roomFor(words: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  if (least <= words.length) {
    return words;
  }
  const grown = new Uint32Array(Math.max(least, 2 * words.length, startSize));
  grown.set(words);
  return grown;
}
