/** A set of 53-bit key hashes in 8 to 16 bytes each, where a Set of numbers takes about 50. */

/** 4 million keys are 64 MiB. */
export const keysMax = 4_000_000;

export class KeySet {
  #slots = new Float64Array(1024).fill(-1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    return this.#slots[this.#slot(this.#slots, key)] === key;
  }

  add(key: number): void {
    const slot = this.#slot(this.#slots, key);
    if (this.#slots[slot] === key) return;
    this.#slots[slot] = key;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
  }

  #slot(slots: Float64Array, key: number): number {
    const mask = slots.length - 1;
    let slot = ((key % 0x100000000) ^ (key / 0x100000000)) & mask;
    while (slots[slot] !== -1 && slots[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const grown = new Float64Array(this.#slots.length * 2).fill(-1);
    for (const key of this.#slots) if (key !== -1) grown[this.#slot(grown, key)] = key;
    this.#slots = grown;
  }
}
