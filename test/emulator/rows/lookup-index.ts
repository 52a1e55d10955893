/** Which rows point to a row through one lookup column: a chain of slots for each target. */
import { roomFor } from "./slot-table.ts";
import type { Stored } from "./values.ts";

export class LookupIndex {
  private readonly heads = new Map<string, number>();
  /** Slot + 1 of the neighbours in the chain; 0 at its ends. */
  private next = new Uint32Array(0);
  private previous = new Uint32Array(0);

  /** Slots in ascending order. */
  slots(id: string): readonly number[] {
    const found: number[] = [];
    for (let cell = this.heads.get(id) ?? 0; cell !== 0; cell = this.next[cell - 1] ?? 0) {
      found.push(cell - 1);
    }
    return found.sort((a, b) => a - b);
  }

  add(slot: number, value: Stored): void {
    const id = targetOf(value);
    if (id === undefined) {
      return;
    }
    this.next = roomFor(this.next, slot + 1);
    this.previous = roomFor(this.previous, slot + 1);
    const head = this.heads.get(id) ?? 0;
    this.next[slot] = head;
    this.previous[slot] = 0;
    if (head !== 0) {
      this.previous[head - 1] = slot + 1;
    }
    this.heads.set(id, slot + 1);
  }

  /** `value` as it was added. */
  remove(slot: number, value: Stored): void {
    const id = targetOf(value);
    if (id === undefined) {
      return;
    }
    const [before, behind] = [this.previous[slot] ?? 0, this.next[slot] ?? 0];
    if (behind !== 0) {
      this.previous[behind - 1] = before;
    }
    if (before !== 0) {
      this.next[before - 1] = behind;
    } else if (behind !== 0) {
      this.heads.set(id, behind);
    } else {
      this.heads.delete(id);
    }
  }
}

function targetOf(value: Stored): string | undefined {
  return typeof value === "object" && value !== null ? value.id : undefined;
}
