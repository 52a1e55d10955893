/** A row's values as bytes and back: a tag for each value, runs of nulls as one. */
import { guidLength, guidText, readGuid } from "../core/guid-words.ts";
import { Names } from "../core/names.ts";
import type { Stored } from "./values.ts";

const tags = {
  nulls: 0,
  no: 1,
  yes: 2,
  int: 3,
  double: 4,
  big: 5,
  short: 6,
  latin: 7,
  wide: 8,
  reference: 9,
  guid: 10,
};
const shortMax = 255;
const runMax = 255;
/** Room for any value but a text. */
const valueBytes = 32;
const words = new Uint32Array(4);

export class Codec {
  /** The bytes of the last `encode`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(4096);
  private at = 0;
  /** Of tables that references lead to. */
  private readonly names = new Names();

  /** Length of what then stands at the beginning of `bytes`. */
  encode(values: readonly Stored[]): number {
    this.at = 0;
    let nulls = 0;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? null;
      if (value === null && nulls < runMax) {
        nulls += 1;
        continue;
      }
      this.nulls(nulls);
      nulls = value === null ? 1 : 0;
      if (value !== null) {
        this.write(value);
      }
    }
    this.nulls(nulls);
    return this.at;
  }

  decode(bytes: Buffer, start: number, end: number): Stored[] {
    const values: Stored[] = [];
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
    if (count > 0) {
      this.reserve(2);
      this.bytes[this.at] = tags.nulls;
      this.bytes[this.at + 1] = count;
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
        this.at = this.bytes.writeBigInt64LE(value, this.at + 1);
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
      this.at = this.bytes.writeInt32LE(value, this.at + 1);
    } else {
      this.bytes[this.at] = tags.double;
      this.at = this.bytes.writeDoubleLE(value, this.at + 1);
    }
  }

  private text(text: string): void {
    const { length } = text;
    if (length === guidLength && readGuid(text, words, 0)) {
      this.bytes[this.at] = tags.guid;
      this.at += 1;
      for (const word of words) {
        this.at = this.bytes.writeUInt32LE(word, this.at);
      }
      return;
    }
    this.reserve(valueBytes + 2 * length);
    if (length > shortMax || !this.short(text)) {
      this.long(text);
    }
  }

  /** False, and nothing is written, if the text has units beyond a byte. */
  private short(text: string): boolean {
    const { length } = text;
    const start = this.at + 2;
    let all = 0;
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      all |= unit;
      this.bytes[start + index] = unit;
    }
    if (all > 255) {
      return false;
    }
    this.bytes[this.at] = tags.short;
    this.bytes[this.at + 1] = length;
    this.at = start + length;
    return true;
  }

  private long(text: string): void {
    const isWide = /[^\0-\xff]/.test(text);
    this.bytes[this.at] = isWide ? tags.wide : tags.latin;
    const start = this.bytes.writeUInt32LE(isWide ? 2 * text.length : text.length, this.at + 1);
    this.at = start + this.bytes.write(text, start, isWide ? "utf16le" : "latin1");
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
        return bytes.readBigInt64LE(this.at - 8);
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
    return bytes.toString(tag === tags.wide ? "utf16le" : "latin1", start, this.at);
  }

  private reserve(more: number): void {
    if (this.at + more > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * (this.at + more));
      this.bytes.copy(grown, 0, 0, this.at);
      this.bytes = grown;
    }
  }
}
