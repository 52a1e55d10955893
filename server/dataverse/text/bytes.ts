/**
 * The buffer that rows are encoded into. Whoever writes to `buffer` directly reserves first; a row that fails truncates
 * to where it began, so nothing of it is left.
 */

/** Constants lie in memory as the machine orders them. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Below this a loop beats the call into the runtime's copy. */
const LOOP_MAX = 32;

/**
 * Text that is written again and again: kept as doubles, so that eight bytes go at once. No eight bytes of UTF-8 are a NaN. Fields
 * are only declared, here and below: one that began as undefined would be slower for ever.
 */
export class Constant {
  declare readonly length: number;
  /** Bytes that are written: whole words, at least three. */
  declare readonly room: number;
  declare readonly first: number;
  declare readonly second: number;
  declare readonly third: number;
  declare readonly words: Float64Array;

  constructor(text: string | Uint8Array) {
    const bytes = Buffer.from(text);
    const words = new Float64Array(Math.max(3, Math.ceil(bytes.length / 8)));
    // Blanks, so that no word is a whole number, which the machine would keep in another way.
    new Uint8Array(words.buffer).fill(0x20).set(bytes);
    this.length = bytes.length;
    this.room = words.byteLength;
    this.first = words[0] ?? 0.5;
    this.second = words[1] ?? 0.5;
    this.third = words[2] ?? 0.5;
    this.words = words;
  }
}

/** For what is written before nothing, or in its place. */
export const nothing: Constant = new Constant("");

const noBytes = Buffer.allocUnsafeSlow(0);
const noWords = wordsOf(noBytes);

export class Bytes {
  /** Replaced when it grows; `length` bytes of it are written. */
  declare buffer: Buffer;
  /** The same memory, for words at any offset. */
  declare words: DataView;
  length = 0;
  declare private capacity: number;

  /** @param capacity first size in bytes; it doubles as rows need it, and its owner bounds the rows. */
  constructor(capacity = 65_536) {
    this.capacity = 0;
    this.buffer = noBytes;
    this.words = noWords;
    // Written for the second time, they are variables to V8: else it takes them for constants until the first buffer grows, and throws
    // the code of all encoders away then.
    this.grow(capacity);
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

  /** @param text characters below 128 only. */
  ascii(text: string): void {
    const count = text.length;
    this.reserve(count);
    const { buffer, length } = this;
    if (count > LOOP_MAX) buffer.write(text, length, "latin1");
    else for (let i = 0; i < count; i++) buffer[length + i] = text.charCodeAt(i);
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

  /** The last word may be longer than what is left of the text; what is beyond is written over. */
  constant(text: Constant): void {
    this.reserve(text.room);
    const { words, length } = this;
    words.setFloat64(length, text.first, littleEndian);
    words.setFloat64(length + 8, text.second, littleEndian);
    words.setFloat64(length + 16, text.third, littleEndian);
    if (text.room > 24) this.further(text);
    this.length = length + text.length;
  }

  private further(text: Constant): void {
    const { words: source } = text;
    const { words, length } = this;
    for (let i = 3; i < source.length; i++) words.setFloat64(length + 8 * i, source[i] ?? 0, littleEndian);
  }

  /** @param value a safe integer, written as decimal digits. */
  integer(value: number): void {
    this.reserve(17);
    if (value < 0) this.words.setUint8(this.length++, 0x2d);
    const size = Math.abs(value);
    if (size < 1e8) this.digits(size | 0, widthOf(size | 0));
    else {
      const high = Math.floor(size / 1e8);
      this.digits(high | 0, widthOf(high | 0));
      this.digits((size - high * 1e8) | 0, 8);
    }
  }

  /** The low `width` decimal digits, 1 to 8, of `value` (0 <= value < 10^8), zeros in front. Reserve before, at least four bytes. */
  digits(value: number, width: number): void {
    const { words, length } = this;
    const whole = value | 0;
    const high = (whole / 10_000) | 0;
    const low = fourDigits(whole - Math.imul(high, 10_000));
    // Digits that are too many stand in front, and are shifted out; what is beyond the last one is written over.
    if (width > 4) {
      words.setInt32(length, fourDigits(high) >> (8 * (8 - width)), true);
      words.setInt32(length + width - 4, low, true);
    } else words.setInt32(length, low >> (8 * (4 - width)), true);
    this.length = length + width;
  }

  /** What was written from `start` to `end`, without a copy: valid until `truncate` and new writes go over it. */
  view(start: number, end: number): Buffer {
    return this.buffer.subarray(start, end);
  }
}

/** The four decimal digits of a whole number below 10,000, in the order of a little-endian word: each step goes for all of them at once. */
export function fourDigits(value: number): number {
  const hundreds = Math.imul(value, 5_243) >> 19;
  const pairs = hundreds | ((value - Math.imul(hundreds, 100)) << 16);
  const tens = (Math.imul(pairs, 103) >> 10) & 0x000f_000f;
  return tens | ((pairs - Math.imul(tens, 10)) << 8) | 0x3030_3030;
}

/** Decimal digits of a whole number below 10^8. */
function widthOf(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4;
  return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : value < 10_000_000 ? 7 : 8;
}

function wordsOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
