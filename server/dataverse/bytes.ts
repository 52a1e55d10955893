/**
 * The buffer that rows are encoded into. Whoever writes to `buffer` directly reserves first; a row that fails truncates
 * to where it began, so nothing of it is left.
 */

/** Constants lie in memory as the machine orders them. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Below this a loop beats the call into the runtime's copy. */
const LOOP_MAX = 32;

const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => 0x3030 + (i % 10) * 256 + Math.floor(i / 10));
const POWERS = Uint32Array.from({ length: 10 }, (_, i) => 10 ** i);

/** Text that is written again and again: kept as doubles, so that eight bytes go at once. No eight bytes of UTF-8 are a NaN. */
export class Constant {
  readonly length: number;
  readonly words: Float64Array;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.length = bytes.length;
    this.words = new Float64Array(Math.ceil(bytes.length / 8));
    new Uint8Array(this.words.buffer).set(bytes);
  }
}

export class Bytes {
  /** Replaced when it grows; `length` bytes of it are written. */
  buffer: Buffer;
  /** The same memory, for words at any offset. */
  words: DataView;
  length = 0;
  private capacity: number;

  /** @param capacity first size in bytes; it doubles as rows need it, and its owner bounds the rows. */
  constructor(capacity = 65_536) {
    this.capacity = capacity;
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.words = wordsOf(this.buffer);
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
    this.words = wordsOf(grown);
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

  constant({ words, length }: Constant): void {
    const count = words.length;
    // The last word may be longer than what is left; what is beyond is written over.
    this.reserve(8 * count);
    const target = this.words;
    let at = this.length;
    for (let i = 0; i < count; i++, at += 8) target.setFloat64(at, words[i] ?? 0, littleEndian);
    this.length += length;
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
    const { words } = this;
    let rest = value | 0;
    let at = this.length + width;
    for (let left = width; left > 1; left -= 2) {
      const hundredth = (rest / 100) | 0;
      at -= 2;
      words.setUint16(at, pairOf(rest - hundredth * 100), true);
      rest = hundredth;
    }
    if (at > this.length) words.setUint8(at - 1, 48 + (rest % 10));
    this.length += width;
  }

  /** What was written from `start` to `end`, without a copy: valid until `truncate` and new writes go over it. */
  view(start: number, end: number): Buffer {
    return this.buffer.subarray(start, end);
  }
}

/** The two decimal digits of a whole number below 100, in the order of a little-endian word. */
export function pairOf(value: number): number {
  return PAIRS[value] ?? 0;
}

/** Decimal digits of a number below 2^31: log10(2) is a little more than 1233 / 4096. */
function widthOf(value: number): number {
  const odd = value | 1;
  const guess = ((32 - Math.clz32(odd)) * 1_233) >> 12;
  return odd < (POWERS[guess] ?? 0) ? guess : guess + 1;
}

function wordsOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
