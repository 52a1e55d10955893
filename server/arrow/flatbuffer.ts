/**
 * Reads flatbuffer tables, trusting nothing: each offset, vtable, vector and string is compared with the bytes in hand before it
 * is followed. The library's reader follows any offset, and a flipped bit made it run for minutes or exhaust memory.
 */
import { malformed, tablesMax, within } from "./limits.ts";

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of one message and what reading them may still cost. */
class Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  #tables = 0;
  #textLeft: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#textLeft = bytes.byteLength;
  }

  /** @throws SidecarError malformed_arrow unless `length` bytes lie at `at`. */
  check(at: number, length: number): void {
    if (at < 0 || at + length > this.bytes.byteLength)
      throw malformed("An offset in the message points outside of it.");
  }

  /** @throws SidecarError limit_exceeded if `count` more tables are too many. */
  checkTables(count: number): void {
    within(this.#tables + count, tablesMax, "metadata tables");
  }

  visitTable(): void {
    this.checkTables(1);
    this.#tables += 1;
  }

  /** Strings may share their bytes, so that without this a small message could be read as gigabytes of text. */
  visitText(bytes: number): void {
    this.#textLeft -= bytes;
    if (this.#textLeft < 0) throw malformed("The texts of the message are longer than the message.");
  }

  /** The place that the relative offset at `at` points to. */
  target(at: number): number {
    this.check(at, 4);
    return at + this.view.getUint32(at, true);
  }
}

/** One table. `slot` is the number of a field in the order of the schema language's declaration, from 0. */
export class Table {
  readonly #source: Source;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;
  readonly #bytes: number;

  private constructor(source: Source, at: number) {
    source.visitTable();
    source.check(at, 4);
    const vtable = at - source.view.getInt32(at, true);
    source.check(vtable, 4);
    this.#source = source;
    this.#at = at;
    this.#vtable = vtable;
    this.#vtableBytes = source.view.getUint16(vtable, true);
    this.#bytes = source.view.getUint16(vtable + 2, true);
    if (this.#vtableBytes < 4) throw malformed("A table in the message has no layout.");
    source.check(vtable, this.#vtableBytes);
    source.check(at, this.#bytes);
  }

  /** @throws SidecarError malformed_arrow */
  static root(bytes: Uint8Array): Table {
    const source = new Source(bytes);
    return new Table(source, source.target(0));
  }

  /** Where the field's own `width` bytes are, or undefined where it is absent. */
  #find(slot: number, width: number): number | undefined {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#vtableBytes) return undefined;
    const offset = this.#source.view.getUint16(this.#vtable + entry, true);
    if (offset === 0) return undefined;
    if (offset + width > this.#bytes) throw malformed("A field in the message lies outside of its table.");
    return this.#at + offset;
  }

  uint8(slot: number): number {
    const at = this.#find(slot, 1);
    return at === undefined ? 0 : this.#source.view.getUint8(at);
  }

  flag(slot: number): boolean {
    return this.uint8(slot) !== 0;
  }

  int16(slot: number, absent: number): number {
    const at = this.#find(slot, 2);
    return at === undefined ? absent : this.#source.view.getInt16(at, true);
  }

  int32(slot: number, absent: number): number {
    const at = this.#find(slot, 4);
    return at === undefined ? absent : this.#source.view.getInt32(at, true);
  }

  int64(slot: number): bigint {
    const at = this.#find(slot, 8);
    return at === undefined ? 0n : this.#source.view.getBigInt64(at, true);
  }

  string(slot: number): string | undefined {
    const at = this.#find(slot, 4);
    if (at === undefined) return undefined;
    const start = this.#source.target(at);
    this.#source.check(start, 4);
    const length = this.#source.view.getUint32(start, true);
    this.#source.check(start + 4, length);
    this.#source.visitText(length);
    try {
      return text.decode(this.#source.bytes.subarray(start + 4, start + 4 + length));
    } catch {
      throw malformed("A text in the message is not UTF-8.");
    }
  }

  table(slot: number): Table | undefined {
    const at = this.#find(slot, 4);
    return at === undefined ? undefined : new Table(this.#source, this.#source.target(at));
  }

  tables(slot: number): readonly Table[] {
    const entries = this.structs(slot, 4);
    const count = entries.byteLength / 4;
    // Before the first is made, so that a declared length allocates nothing.
    this.#source.checkTables(count);
    const start = entries.byteOffset - this.#source.bytes.byteOffset;
    return Array.from({ length: count }, (_, i) => new Table(this.#source, this.#source.target(start + 4 * i)));
  }

  /** A vector of structs or scalars of `width` bytes each, as one view without a copy; empty where absent. */
  structs(slot: number, width: number): DataView {
    const { buffer, byteOffset } = this.#source.bytes;
    const at = this.#find(slot, 4);
    if (at === undefined) return new DataView(buffer, byteOffset, 0);
    const start = this.#source.target(at);
    this.#source.check(start, 4);
    const bytes = this.#source.view.getUint32(start, true) * width;
    this.#source.check(start + 4, bytes);
    return new DataView(buffer, byteOffset + start + 4, bytes);
  }
}
