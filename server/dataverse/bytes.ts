/**
 * The buffer that rows are encoded into. Whoever writes to `buffer` directly reserves first; a row that fails truncates
 * to where it began, so nothing of it is left.
 */

/** Below this a loop beats the call into the runtime's copy. */
const LOOP_MAX = 32;

export class Bytes {
  /** Replaced when it grows; `length` bytes of it are written. */
  buffer: Buffer;
  length = 0;
  private capacity: number;

  /** @param capacity first size in bytes; it doubles as rows need it, and its owner bounds the rows. */
  constructor(capacity = 65_536) {
    this.capacity = capacity;
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `extra` bytes after `length`. */
  reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed > this.capacity) this.grow(needed);
  }

  private grow(needed: number): void {
    this.capacity = Math.max(needed, this.capacity * 2);
    const grown = Buffer.allocUnsafeSlow(this.capacity);
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  truncate(length: number): void {
    this.length = Math.min(length, this.length);
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** @param text characters below 128 only; short, for they are copied one by one. */
  ascii(text: string): void {
    const count = text.length;
    this.reserve(count);
    const { buffer, length } = this;
    for (let i = 0; i < count; i++) buffer[length + i] = text.charCodeAt(i);
    this.length = length + count;
  }

  raw(bytes: Uint8Array): void {
    const count = bytes.length;
    this.reserve(count);
    const { buffer, length } = this;
    if (count > LOOP_MAX) buffer.set(bytes, length);
    else for (let i = 0; i < count; i++) buffer[length + i] = bytes[i] ?? 0;
    this.length = length + count;
  }

  /** @param value a safe integer, written as decimal digits. */
  integer(value: number): void {
    this.reserve(17);
    let rest = value;
    if (rest < 0) {
      this.buffer[this.length++] = 0x2d;
      rest = -rest;
    }
    if (rest < 1e8) this.digits(rest, widthOf(rest));
    else {
      const high = Math.floor(rest / 1e8);
      this.digits(high, widthOf(high));
      this.digits(rest - high * 1e8, 8);
    }
  }

  /** The low `width` decimal digits of `value` (0 <= value < 2^31), zeros in front. Reserve before. */
  digits(value: number, width: number): void {
    const { buffer } = this;
    let rest = value | 0;
    for (let at = this.length + width - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      buffer[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.length += width;
  }

  /** What was written from `start` to `end`, without a copy: valid until `truncate` and new writes go over it. */
  view(start: number, end: number): Buffer {
    return this.buffer.subarray(start, end);
  }
}

function widthOf(value: number): number {
  let width = 1;
  for (let bound = 10; value >= bound; bound *= 10) width++;
  return width;
}
