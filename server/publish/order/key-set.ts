/** A set of 53-bit key hashes in 16 to 32 bytes each and no object, where a Set of numbers takes about 50 and two objects. */

/** 4 million keys are 64 MiB. */
export const keysMax = 4_000_000;

const free = -1;

export class KeySet {
  /** Linear probing; never more than half full. */
  #slots = new Float64Array(1024).fill(free);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    return this.#slots[this.#find(this.#slots, key)] === key;
  }

  /** False if it was there. */
  add(key: number): boolean {
    const slot = this.#find(this.#slots, key);
    if (this.#slots[slot] === key) return false;
    this.#slots[slot] = key;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    return true;
  }

  delete(key: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#find(slots, key);
    if (slots[hole] !== key) return;
    this.#size -= 1;
    // A search ends at the first free slot: those behind move up, unless they would pass the slot where their search begins.
    for (let at = (hole + 1) & mask; slots[at] !== free; at = (at + 1) & mask) {
      const moved = slots[at] ?? free;
      const distance = (at - first(moved, mask)) & mask;
      if (distance < ((at - hole) & mask)) continue;
      slots[hole] = moved;
      hole = at;
    }
    slots[hole] = free;
  }

  /** Where the key is, or belongs. */
  #find(slots: Float64Array, key: number): number {
    const mask = slots.length - 1;
    let slot = first(key, mask);
    while (slots[slot] !== free && slots[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const grown = new Float64Array(this.#slots.length * 2).fill(free);
    // By index: an iterator makes an object for each.
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const key = this.#slots[slot] ?? free;
      if (key !== free) grown[this.#find(grown, key)] = key;
    }
    this.#slots = grown;
  }
}

/** The bits of both halves; the operator takes the lower 32 of a number. */
function first(key: number, mask: number): number {
  return (key ^ (key / 0x1_0000_0000)) & mask;
}
