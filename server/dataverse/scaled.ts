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
  let rest = value;
  if (rest < 0) {
    out.byte(0x2d);
    rest = -rest;
  }
  if (scale === 0) {
    out.integer(rest);
    return;
  }
  // A quotient close below a whole number may have been rounded up to it.
  let whole = Math.floor(rest / power);
  if (whole * power > rest) whole -= 1;
  out.integer(whole);
  const fraction = rest - whole * power;
  if (fraction !== 0) writeFraction(fraction, scale, out);
}

function writeFraction(value: number, scale: number, out: Bytes): void {
  let fraction = value;
  let width = scale;
  while (fraction % 10 === 0) {
    fraction /= 10;
    width -= 1;
  }
  out.byte(0x2e);
  out.reserve(width);
  if (width > 8) {
    const high = Math.floor(fraction / 1e8);
    out.digits(high, width - 8);
    out.digits(fraction - high * 1e8, 8);
  } else out.digits(fraction, width);
}
