/** A row's values as bytes and back: a tag for each value, runs of nulls as one. */
import { guidLength, guidText, readGuid } from "../core/guid-words.ts";
import { Names } from "../core/names.ts";
import { roomFor } from "./slot-table.ts";
import type { Stored } from "./values.ts";

const tags = {
  nulls: 0,
  no: 1,
  yes: 2,
  int: 3,
  double: 4,
  big: 5,
  short: 6,
  long: 7,
  wide: 8,
  reference: 9,
  guid: 10,
};
/** Up to here a loop is faster than a call of the Buffer's. */
const byHandMax = 40;
/** UTF-16 units that are 255 bytes at most. */
const shortMax = 85;
const runMax = 255;
/** Room for any value but a text. */
const valueBytes = 32;
const words = new Uint32Array(4);
const big = new BigInt64Array(1);
/** Of `big`, on a machine of either byte order: only this program reads what it packed. */
const bigWords = new Uint32Array(big.buffer);

export class Codec {
  /** The bytes of the last `encode`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(4096);
  private at = 0;
  /** Of tables that references lead to. */
  private readonly names = new Names();

  /** Where each value stands in `bytes`, by its place; a null takes no room. */
  starts = new Uint32Array(256);
  ends = new Uint32Array(256);
  /** What `bytes` holds, until someone forgets it. */
  private encoded: readonly Stored[] | undefined;

  /** Length of what then stands at the beginning of `bytes`. */
  encode(values: readonly Stored[]): number {
    if (values === this.encoded) {
      return this.at;
    }
    this.starts = roomFor(this.starts, values.length);
    this.ends = roomFor(this.ends, values.length);
    this.at = 0;
    let nulls = 0;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? null;
      if (value === null) {
        nulls += 1;
        this.starts[index] = 0;
        this.ends[index] = 0;
      } else {
        this.nulls(nulls);
        nulls = 0;
        this.starts[index] = this.at;
        this.write(value);
        this.ends[index] = this.at;
      }
    }
    this.nulls(nulls);
    this.encoded = values;
    return this.at;
  }

  /** The values may change from now on. */
  forget(): void {
    this.encoded = undefined;
  }

  decode(bytes: Buffer, start: number, end: number): Stored[] {
    const values: Stored[] = [];
    this.encoded = undefined;
    this.at = start;
    while (this.at < end) {
      if (bytes[this.at] === tags.nulls) {
        for (let left = bytes[this.at + 1] ?? 0; left > 0; left -= 1) {
          values.push(null);
        }
        this.at += 2;
      } else {
        values.push(this.read(bytes));
      }
    }
    return values;
  }

  private nulls(count: number): void {
    for (let left = count; left > 0; left -= runMax) {
      this.reserve(2);
      this.bytes[this.at] = tags.nulls;
      this.bytes[this.at + 1] = Math.min(left, runMax);
      this.at += 2;
    }
  }

  private write(value: string | number | boolean | bigint | { readonly table: string; readonly id: string }): void {
    this.reserve(valueBytes);
    switch (typeof value) {
      case "boolean":
        this.bytes[this.at] = value ? tags.yes : tags.no;
        this.at += 1;
        break;
      case "number":
        this.number(value);
        break;
      case "bigint":
        this.bytes[this.at] = tags.big;
        this.at += 1;
        big[0] = value;
        this.word(bigWords[0] ?? 0);
        this.word(bigWords[1] ?? 0);
        break;
      case "string":
        this.text(value);
        break;
      default:
        this.bytes[this.at] = tags.reference;
        this.at = this.bytes.writeUInt16LE(this.names.number(value.table), this.at + 1);
        this.text(value.id);
    }
  }

  private number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.bytes[this.at] = tags.int;
      this.at += 1;
      this.word(value);
    } else {
      this.bytes[this.at] = tags.double;
      this.at = this.bytes.writeDoubleLE(value, this.at + 1);
    }
  }

  /** By hand, because it is a fifth of what the Buffer's own way costs. */
  private word(word: number): void {
    const { bytes, at } = this;
    bytes[at] = word;
    bytes[at + 1] = word >>> 8;
    bytes[at + 2] = word >>> 16;
    bytes[at + 3] = word >>> 24;
    this.at = at + 4;
  }

  private text(text: string): void {
    const { length } = text;
    if (length === guidLength && readGuid(text, words, 0)) {
      this.bytes[this.at] = tags.guid;
      this.at += 1;
      for (let word = 0; word < 4; word += 1) {
        this.word(words[word] ?? 0);
      }
      return;
    }
    this.reserve(valueBytes + 3 * length);
    if (length <= byHandMax && this.ascii(text)) {
      return;
    }
    // Half a surrogate pair has no UTF-8.
    const isWide = !text.isWellFormed();
    const head = this.at;
    const start = head + (isWide || length > shortMax ? 5 : 2);
    const written = isWide ? this.bytes.write(text, start, "utf16le") : this.bytes.write(text, start, "utf8");
    this.at = start + written;
    if (start === head + 2) {
      this.bytes[head] = tags.short;
      this.bytes[head + 1] = written;
    } else {
      this.bytes[head] = isWide ? tags.wide : tags.long;
      this.bytes.writeUInt32LE(written, head + 1);
    }
  }

  /** By hand like a word; false, with nothing written, if the short text is not all ASCII. */
  private ascii(text: string): boolean {
    const { bytes } = this;
    const start = this.at + 2;
    const { length } = text;
    let all = 0;
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      all |= unit;
      bytes[start + index] = unit;
    }
    if (all > 0x7f) {
      return false;
    }
    bytes[this.at] = tags.short;
    bytes[this.at + 1] = length;
    this.at = start + length;
    return true;
  }

  private read(bytes: Buffer): Stored {
    const tag = bytes[this.at];
    this.at += 1;
    switch (tag) {
      case tags.no:
      case tags.yes:
        return tag === tags.yes;
      case tags.int:
        this.at += 4;
        return bytes.readInt32LE(this.at - 4);
      case tags.double:
        this.at += 8;
        return bytes.readDoubleLE(this.at - 8);
      case tags.big:
        this.at += 8;
        bigWords[0] = bytes.readUInt32LE(this.at - 8);
        bigWords[1] = bytes.readUInt32LE(this.at - 4);
        return big[0] ?? 0n;
      case tags.reference: {
        const table = this.names.text(bytes.readUInt16LE(this.at));
        this.at += 2;
        return { table, id: String(this.read(bytes)) };
      }
      case tags.guid:
        for (let word = 0; word < 4; word += 1) {
          words[word] = bytes.readUInt32LE(this.at + 4 * word);
        }
        this.at += 16;
        return guidText(words, 0);
      default:
        return this.readText(bytes, tag);
    }
  }

  private readText(bytes: Buffer, tag: number | undefined): string {
    const length = tag === tags.short ? (bytes[this.at] ?? 0) : bytes.readUInt32LE(this.at);
    const start = this.at + (tag === tags.short ? 1 : 4);
    this.at = start + length;
    return bytes.toString(tag === tags.wide ? "utf16le" : "utf8", start, this.at);
  }

  private reserve(more: number): void {
    if (this.at + more > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * (this.at + more));
      this.bytes.copy(grown, 0, 0, this.at);
      this.bytes = grown;
    }
  }
}
