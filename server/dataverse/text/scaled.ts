/**
 * Numbers that are a whole number over a power of ten, both small enough to be exact as doubles: nearly all that there are, written
 * without a detour over their digits. What is beyond is for ExactDecimal.
 */
import type { Bytes } from "./bytes.ts";

/** Below it a decimal of 15 digits and its double stand for each other. */
export const SCALED_MAX = 1e15;

export interface Limits {
  readonly min: string | undefined;
  readonly max: string | undefined;
}

/** A range in units of 1 / 10^scale. */
export class ScaledRange {
  readonly #min: number;
  readonly #max: number;
  readonly #below: string;
  readonly #above: string;

  /** @param limits decimal texts, as metadata tells them. */
  constructor({ min, max }: Limits, scale: number) {
    this.#min = min === undefined ? Number.NEGATIVE_INFINITY : scaledLimit(min, scale);
    this.#max = max === undefined ? Number.POSITIVE_INFINITY : scaledLimit(max, scale);
    this.#below = belowMinimum(min);
    this.#above = aboveMaximum(max);
  }

  /** @param value a whole number below SCALED_MAX, whatever its sign. */
  flawOf(value: number): string | undefined {
    if (value < this.#min) return this.#below;
    return value > this.#max ? this.#above : undefined;
  }
}

export function belowMinimum(min: string | undefined): string {
  return `a number below its minimum of ${min}`;
}

export function aboveMaximum(max: string | undefined): string {
  return `a number above its maximum of ${max}`;
}

/** Beyond SCALED_MAX no value of this kind comes near it. */
function scaledLimit(limit: string, scale: number): number {
  const scaled = Number(limit) * 10 ** scale;
  if (Math.abs(scaled) >= SCALED_MAX) return scaled < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const digits = /^-?\d+(?:\.(\d+))?$/.exec(limit)?.[1]?.length ?? 0;
  return digits <= scale ? Math.round(scaled) : scaled;
}

/** Writes `value` / `power` without zeros at its end. @param value a whole number below 2^53, whatever its sign. */
export function writeScaled(value: number, power: number, scale: number, out: Bytes): void {
  if (value < 0) out.byte(0x2d);
  const size = Math.abs(value);
  // A quotient close below a whole number may have been rounded up to it.
  let whole = Math.floor(size / power);
  if (whole * power > size) whole -= 1;
  out.integer(whole);
  const fraction = size - whole * power;
  if (fraction !== 0) writeFraction(fraction, scale, out);
}

/** A point and the digits of `fraction` / 10^`scale` without zeros at their end. @param fraction not zero, of at most `scale` <= 15 digits. */
export function writeFraction(fraction: number, scale: number, out: Bytes): void {
  out.reserve(scale + 4);
  out.words.setUint8(out.length++, 0x2e);
  // Made whole by `| 0`, they are divided without a detour over doubles.
  if (scale <= 8) {
    writeTrimmed(fraction | 0, scale, out);
    return;
  }
  const high = Math.floor(fraction / 1e8);
  const low = fraction - high * 1e8;
  if (low === 0) writeTrimmed(high | 0, scale - 8, out);
  else {
    out.digits(high | 0, scale - 8);
    writeTrimmed(low | 0, 8, out);
  }
}

function writeTrimmed(value: number, scale: number, out: Bytes): void {
  let rest = value;
  let width = scale;
  while (rest % 10 === 0) {
    rest = (rest / 10) | 0;
    width--;
  }
  out.digits(rest, width);
}
