/** Slots in the order of the primary key, brought up to date when someone asks: what is new is sorted and merged in. */
import type { PackedRows } from "./packed-rows.ts";

export class IdOrder {
  private readonly rows: PackedRows;
  private sorted = new Uint32Array(0);
  private fresh: number[] = [];
  /** Slots in `sorted` that are gone, or came back under another id. */
  private readonly gone = new Set<number>();

  constructor(rows: PackedRows) {
    this.rows = rows;
  }

  add(slot: number): void {
    this.fresh.push(slot);
  }

  /** Before the slot is used again. */
  remove(slot: number): void {
    this.gone.add(slot);
  }

  /** Valid until the next write. */
  slots(): Uint32Array {
    if (this.fresh.length > 0 || this.gone.size > 0) {
      const kept = this.gone.size === 0 ? this.sorted : this.sorted.filter((slot) => !this.gone.has(slot));
      // Only a slot that was given up can have come twice.
      const fresh =
        this.gone.size === 0 ? this.fresh : [...new Set(this.fresh)].filter((slot) => this.rows.isUsed(slot));
      this.sorted = this.merge(kept, this.sort(fresh));
      this.fresh = [];
      this.gone.clear();
    }
    return this.sorted;
  }

  /** Place of the first slot whose id comes after this one, found by halving. */
  after(id: string): number {
    const slots = this.slots();
    let [low, high] = [0, slots.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows.idOf(slots[middle] ?? 0) <= id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** By the first word natively, as 64-bit numbers that carry the slot; whoever has the same first word by the whole id. */
  private sort(fresh: readonly number[]): Uint32Array<ArrayBuffer> {
    const pairs = new Uint32Array(2 * fresh.length);
    for (const [index, slot] of fresh.entries()) {
      pairs[2 * index] = slot;
      pairs[2 * index + 1] = this.rows.lead(slot);
    }
    new BigUint64Array(pairs.buffer).sort();
    const slots = new Uint32Array(fresh.length).map((_, index) => pairs[2 * index] ?? 0);
    let start = 0;
    for (let at = 1; at <= slots.length; at += 1) {
      if (at === slots.length || pairs[2 * at + 1] !== pairs[2 * start + 1]) {
        if (at - start > 1) {
          slots.subarray(start, at).sort((a, b) => this.rows.compare(a, b));
        }
        start = at;
      }
    }
    return slots;
  }

  private merge(one: Uint32Array<ArrayBuffer>, other: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    if (one.length === 0 || other.length === 0) {
      return one.length === 0 ? other : one;
    }
    const merged = new Uint32Array(one.length + other.length);
    let [at, first] = [0, 0];
    for (const second of other) {
      while (first < one.length && this.rows.compare(one[first] ?? 0, second) < 0) {
        merged[at] = one[first] ?? 0;
        at += 1;
        first += 1;
      }
      merged[at] = second;
      at += 1;
    }
    merged.set(one.subarray(first), at);
    return merged;
  }
}
