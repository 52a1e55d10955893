/**
 * One number as sign, decimal digits and scale, filled anew for each value. Decimals, money and 64-bit integers go through
 * it from Arrow's words to JSON text, and never through a double.
 */
import type { Bytes } from "./bytes.ts";

/** The shortest text of a double holds at most 309 digits before the point; Arrow's widest decimal 78. */
const CAPACITY = 400;
const ZERO = 0x30;

export type Excess = "REFUSE" | "ROUND" | "TRUNCATE";

export class ExactDecimal {
  negative = false;
  /** Digits after the point: 0 or more, and may exceed the number of digits held. */
  scale = 0;
  /** ASCII digits without leading zeros in [start, end): none is zero. */
  private readonly ascii = new Uint8Array(CAPACITY);
  private start = CAPACITY;
  private end = CAPACITY;
  private readonly words = new Uint32Array(8);

  /** @param text an optional sign, digits, optionally a point and an exponent: what `String(number)` and metadata write. */
  loadText(text: string): this {
    const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text);
    if (parts === null) throw new RangeError("not a decimal number");
    const exponent = Number(parts[4] ?? 0);
    const fraction = parts[3] ?? "";
    const scale = fraction.length - exponent;
    const digits = `${parts[2]}${fraction}${"0".repeat(Math.max(0, -scale))}`.replace(/^0+/, "");
    this.start = CAPACITY - digits.length;
    this.end = CAPACITY;
    for (let i = 0; i < digits.length; i++) this.ascii[this.start + i] = digits.charCodeAt(i);
    this.scale = Math.max(0, scale);
    this.negative = parts[1] === "-";
    return this.trim();
  }

  /** @param value a safe integer that stands for value / 10^scale. */
  loadInteger(value: number, scale: number): this {
    this.negative = value < 0;
    this.scale = scale;
    this.start = CAPACITY;
    this.end = CAPACITY;
    let rest = Math.abs(value);
    if (rest >= 1e8) {
      const high = Math.floor(rest / 1e8);
      this.prepend(rest - high * 1e8, 8);
      rest = high;
    }
    this.prepend(rest, 0);
    return this.trim();
  }

  /** Little-endian two's complement of `count` 32-bit words at `offset`, standing for value / 10^scale. */
  loadWords(view: DataView, offset: number, shape: { readonly count: number; readonly scale: number }): this {
    const { count, scale } = shape;
    if (count === 1) return this.loadInteger(view.getInt32(offset, true), scale);
    if (isSafe(view, offset, count)) {
      return this.loadInteger(view.getInt32(offset + 4, true) * 4_294_967_296 + view.getUint32(offset, true), scale);
    }
    this.negative = view.getInt32(offset + 4 * (count - 1), true) < 0;
    return this.loadMagnitude(view, offset, shape);
  }

  /** As `loadWords`, without a sign: an unsigned 64-bit integer. */
  loadUnsignedWords(view: DataView, offset: number): this {
    this.negative = false;
    return this.loadMagnitude(view, offset, { count: 2, scale: 0 });
  }

  /**
   * Brings the fraction to at most `precision` digits; halves go away from zero.
   * @returns false, with the number as it was, if digits would be lost and `excess` refuses.
   */
  fit(precision: number, excess: Excess): boolean {
    if (this.scale <= precision) return true;
    if (excess === "REFUSE") return false;
    const cut = this.end - (this.scale - precision);
    const up = excess === "ROUND" && cut >= this.start && (this.ascii[cut] ?? 0) >= ZERO + 5;
    this.end = Math.max(this.start, cut);
    this.scale = precision;
    if (up) this.increment();
    this.trim();
    return true;
  }

  /** Below, equal to or above `other`: negative, 0, positive. */
  compare(other: ExactDecimal): number {
    if (this.negative !== other.negative) return this.negative ? -1 : 1;
    const magnitude = this.compareMagnitude(other);
    return this.negative ? -magnitude : magnitude;
  }

  write(out: Bytes): void {
    const { ascii, start, end, scale } = this;
    const count = end - start;
    out.reserve(count + scale + 3);
    const { buffer } = out;
    let at = out.length;
    if (this.negative) buffer[at++] = 0x2d;
    if (count <= scale) buffer[at++] = ZERO;
    for (let i = start; i < end - scale; i++) buffer[at++] = ascii[i] ?? 0;
    if (scale > 0) {
      buffer[at++] = 0x2e;
      for (let i = count; i < scale; i++) buffer[at++] = ZERO;
      for (let i = Math.max(start, end - scale); i < end; i++) buffer[at++] = ascii[i] ?? 0;
    }
    out.length = at;
  }

  private loadMagnitude(
    view: DataView,
    offset: number,
    shape: { readonly count: number; readonly scale: number },
  ): this {
    const { words } = this;
    let carry = this.negative ? 1 : 0;
    for (let i = 0; i < shape.count; i++) {
      const word = view.getUint32(offset + 4 * i, true);
      const sum = (this.negative ? 4_294_967_295 - word : word) + carry;
      words[i] = sum;
      carry = sum > 4_294_967_295 ? 1 : 0;
    }
    this.scale = shape.scale;
    this.start = CAPACITY;
    this.end = CAPACITY;
    let top = shape.count - 1;
    while (top >= 0) {
      if (words[top] === 0) top--;
      else this.prepend(this.divide(top), top > 0 ? 6 : 0);
    }
    while (this.start < this.end && this.ascii[this.start] === ZERO) this.start++;
    return this.trim();
  }

  /** Divides words[0..top] by a million and returns the rest: a rest times 2^32 stays below 2^53. */
  private divide(top: number): number {
    if (top === 0) {
      const last = this.words[0] ?? 0;
      this.words[0] = 0;
      return last;
    }
    let rest = 0;
    for (let i = top; i >= 0; i--) {
      const part = rest * 4_294_967_296 + (this.words[i] ?? 0);
      const quotient = Math.floor(part / 1e6);
      this.words[i] = quotient;
      rest = part - quotient * 1e6;
    }
    return rest;
  }

  /** Puts the digits of `value` (below 2^32) in front, at least `width` of them. */
  private prepend(value: number, width: number): void {
    const least = this.start - width;
    let rest = value;
    while (rest > 0) {
      const tenth = (rest / 10) >>> 0;
      this.ascii[--this.start] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    while (this.start > least) this.ascii[--this.start] = ZERO;
  }

  private increment(): void {
    for (let at = this.end - 1; at >= this.start; at--) {
      const digit = this.ascii[at] ?? 0;
      if (digit !== ZERO + 9) {
        this.ascii[at] = digit + 1;
        return;
      }
      this.ascii[at] = ZERO;
    }
    this.ascii[--this.start] = ZERO + 1;
  }

  /** Drops zeros at the end of the fraction; zero has no sign and no digits. */
  private trim(): this {
    while (this.scale > 0 && this.end > this.start && this.ascii[this.end - 1] === ZERO) {
      this.end--;
      this.scale--;
    }
    if (this.start === this.end) {
      this.scale = 0;
      this.negative = false;
    }
    return this;
  }

  private compareMagnitude(other: ExactDecimal): number {
    const count = this.end - this.start;
    const otherCount = other.end - other.start;
    if (count === 0 || otherCount === 0) return count - otherCount;
    const order = count - this.scale - (otherCount - other.scale);
    if (order !== 0) return order;
    for (let i = 0; i < Math.max(count, otherCount); i++) {
      const digit = i < count ? (this.ascii[this.start + i] ?? 0) : ZERO;
      const otherDigit = i < otherCount ? (other.ascii[other.start + i] ?? 0) : ZERO;
      if (digit !== otherDigit) return digit - otherDigit;
    }
    return 0;
  }
}

/** Whether the words are a sign extension of a value within 2^53. */
function isSafe(view: DataView, offset: number, count: number): boolean {
  const second = view.getInt32(offset + 4, true);
  if (second < -0x1f_ffff || second > 0x1f_ffff) return false;
  const extension = second >> 31;
  for (let i = 2; i < count; i++) {
    if (view.getInt32(offset + 4 * i, true) !== extension) return false;
  }
  return true;
}
