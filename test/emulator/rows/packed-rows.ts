/** Rows packed into bytes, each under the number of a slot; a row is read back when someone asks for it. */
import { guidLength, guidText, readGuid, readWord, wordText } from "../core/guid-words.ts";
import type { Column } from "../schema/types.ts";
import { Blocks, recordMax } from "./blocks.ts";
import { Codec } from "./codec.ts";
import type { Row } from "./row.ts";
import { roomFor, SlotTable } from "./slot-table.ts";
import { mixed } from "./text-hash.ts";
import type { Stored } from "./values.ts";
import { valuesHash } from "./values-hash.ts";

/** Rows read or changed last are kept as they are, because an upsert reads a row several times. New rows are not: nobody may ask for them again. */
const recentMax = 1024;
/** Version and hash before the values. */
const headBytes = 16;
/** Length of a row that is too long to be packed, or of none. */
const unpacked = 0;
const wanted = new Uint32Array(4);

export class PackedRows {
  private readonly codec = new Codec();
  private readonly blocks = new Blocks();
  private readonly slots = new SlotTable((slot) => this.hash(this.ids, 4 * slot));
  private readonly long = new Map<number, Row>();
  /** What follows the GUID in the id of an elastic row: its partition. */
  private readonly tailed = new Map<number, string>();
  private readonly free: number[] = [];
  private readonly recent: ({ readonly slot: number; readonly row: Row } | undefined)[] = [];
  private ids = new Uint32Array(0);
  private places = new Uint32Array(0);
  private lengths = new Uint32Array(0);
  private used = new Uint8Array(0);
  /** One more than the highest slot that was ever used. */
  private end = 0;

  get size(): number {
    return this.slots.size;
  }

  *slotsInUse(): IterableIterator<number> {
    for (let slot = 0; slot < this.end; slot += 1) {
      if (this.used[slot] === 1) {
        yield slot;
      }
    }
  }

  isUsed(slot: number): boolean {
    return this.used[slot] === 1;
  }

  slotOf(id: string): number | undefined {
    if (!readGuid(id, wanted, 0)) {
      return undefined;
    }
    const [a, b, c, d] = [wanted[0], wanted[1], wanted[2], wanted[3]];
    return this.slots.find(
      this.hash(wanted, 0),
      (slot) =>
        this.ids[4 * slot] === a &&
        this.ids[4 * slot + 1] === b &&
        this.ids[4 * slot + 2] === c &&
        this.ids[4 * slot + 3] === d &&
        this.isTail(slot, id),
    );
  }

  /** Of a slot that is used. */
  row(slot: number): Row {
    const recent = this.recent[slot % recentMax];
    if (recent?.slot === slot) {
      return recent.row;
    }
    const row = this.long.get(slot) ?? this.unpack(slot);
    this.recent[slot % recentMax] = { slot, row };
    return row;
  }

  /** Of the values of these columns; cheapest just before their row is put. */
  hashOf(values: readonly Stored[], columns: readonly Column[]): string {
    return valuesHash(this.codec, values, columns);
  }

  /** The slot of a row that was not there. */
  add(row: Row): number {
    const slot = this.free.pop() ?? this.end;
    if (slot === this.end) {
      this.end += 1;
      this.grow();
    }
    if (!readGuid(row.id, this.ids, 4 * slot)) {
      throw new Error(`The id ${row.id} is no GUID.`);
    }
    this.used[slot] = 1;
    this.pack(slot, row);
    this.slots.add(slot);
    return slot;
  }

  replace(slot: number, row: Row): void {
    this.unplace(slot);
    this.recent[slot % recentMax] = { slot, row };
    this.pack(slot, row);
  }

  remove(slot: number): void {
    this.slots.remove(slot);
    this.unplace(slot);
    this.recent[slot % recentMax] = undefined;
    this.used[slot] = 0;
    this.free.push(slot);
  }

  /** Whether the id of one slot comes before that of another. */
  compare(one: number, other: number): number {
    for (let word = 0; word < 4; word += 1) {
      const difference = (this.ids[4 * one + word] ?? 0) - (this.ids[4 * other + word] ?? 0);
      if (difference !== 0) {
        return difference;
      }
    }
    return this.idOf(one) < this.idOf(other) ? -1 : 1;
  }

  /** The first 32 bits of a slot's id. */
  lead(slot: number): number {
    return this.ids[4 * slot] ?? 0;
  }

  idOf(slot: number): string {
    return guidText(this.ids, 4 * slot) + (this.tailed.get(slot) ?? "");
  }

  private isTail(slot: number, id: string): boolean {
    return (this.tailed.get(slot) ?? "") === id.slice(guidLength);
  }

  private hash(words: Uint32Array, at: number): number {
    const [a, b, c, d] = [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0];
    return mixed(mixed(mixed(a ^ Math.imul(b, 0x9e3779b1)) ^ c) ^ d);
  }

  private pack(slot: number, row: Row): void {
    if (row.id.length > guidLength) {
      this.tailed.set(slot, row.id.slice(guidLength));
    }
    const length = headBytes + this.codec.encode(row.values);
    if (length > recordMax) {
      this.long.set(slot, row);
      this.lengths[slot] = unpacked;
      return;
    }
    const block = this.blocks.allocate(length);
    const chunk = this.blocks.chunkOf(block);
    const at = this.blocks.offsetOf(block);
    chunk.writeDoubleLE(row.version, at);
    chunk.writeUInt32LE(readWord(row.lastHash, 0), at + 8);
    chunk.writeUInt32LE(readWord(row.lastHash, 8), at + 12);
    this.codec.bytes.copy(chunk, at + headBytes, 0, length - headBytes);
    this.codec.forget();
    this.places[slot] = block;
    this.lengths[slot] = length;
  }

  private unpack(slot: number): Row {
    const block = this.places[slot] ?? 0;
    const chunk = this.blocks.chunkOf(block);
    const at = this.blocks.offsetOf(block);
    const [first, second] = [chunk.readUInt32LE(at + 8), chunk.readUInt32LE(at + 12)];
    return {
      id: this.idOf(slot),
      values: this.codec.decode(chunk, at + headBytes, at + (this.lengths[slot] ?? 0)),
      version: chunk.readDoubleLE(at),
      lastHash: first === 0 && second === 0 ? "" : wordText(first) + wordText(second),
    };
  }

  private unplace(slot: number): void {
    const length = this.lengths[slot] ?? 0;
    if (length === unpacked) {
      this.long.delete(slot);
    } else {
      this.blocks.release(this.places[slot] ?? 0, length);
    }
    this.tailed.delete(slot);
  }

  private grow(): void {
    this.ids = roomFor(this.ids, 4 * this.end);
    this.places = roomFor(this.places, this.end);
    this.lengths = roomFor(this.lengths, this.end);
    if (this.used.length < this.end) {
      const grown = new Uint8Array(Math.max(64, 2 * this.used.length));
      grown.set(this.used);
      this.used = grown;
    }
  }
}
