/** Instants and days as integers, from Arrow's 64-bit words to ISO 8601 text. No `Date`: it knows milliseconds only. */
import type { Bytes } from "./bytes.ts";
import { fourDigits } from "./bytes.ts";
import { writeFraction } from "./scaled.ts";

/** 1753-01-01, the first day that the service can hold, and 9999-12-31, as days since 1970-01-01. */
export const FIRST_DAY = -79_257;
export const LAST_DAY = 2_932_896;

export const SECONDS_PER_DAY = 86_400;

const HYPHEN = 0x2d;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** With a lesser high word a 64-bit integer and its sum with a second are within 2^53. */
const SAFE_HIGH = 0x1f_ffff;

/** A signed 64-bit count of fractions of a second, split so that both parts are exact. */
export class Instant {
  /** Whole seconds since 1970, rounded down; exact wherever the calendar of the service reaches. */
  seconds = 0;
  /** Fractions since then: 0 <= fraction < perSecond. */
  fraction = 0;

  /** @param perSecond 1, 1e3, 1e6 or 1e9: at most 2^30, so that a rest times 2^16 stays below 2^53. */
  load(view: DataView, offset: number, perSecond: number): void {
    const high = view.getInt32(offset + 4, true);
    const low = view.getUint32(offset, true);
    if (high > -SAFE_HIGH && high < SAFE_HIGH) this.split(high * 4_294_967_296 + low, perSecond);
    else this.divide(high, low, perSecond);
  }

  /** A quotient close below a whole number may have been rounded up to it. */
  private split(value: number, perSecond: number): void {
    const quotient = Math.floor(value / perSecond);
    const rest = value - quotient * perSecond;
    this.seconds = rest < 0 ? quotient - 1 : quotient;
    this.fraction = rest < 0 ? rest + perSecond : rest;
  }

  private divide(high: number, low: number, perSecond: number): void {
    const top = Math.floor(high / perSecond);
    const middle = (high - top * perSecond) * 65_536 + (low >>> 16);
    const middleQuotient = Math.floor(middle / perSecond);
    const bottom = (middle - middleQuotient * perSecond) * 65_536 + (low & 0xffff);
    const bottomQuotient = Math.floor(bottom / perSecond);
    this.seconds = top * 4_294_967_296 + middleQuotient * 65_536 + bottomQuotient;
    this.fraction = bottom - bottomQuotient * perSecond;
  }
}

/** `YYYY-MM-DD` of a day within FIRST_DAY to LAST_DAY, counted from 1970-01-01. */
export function writeDay(day: number, out: Bytes): void {
  // Years begin in March and days are counted from 0000-03-01, so that a leap day is the last of its year.
  // All of it is positive, so `| 0` rounds down.
  const shifted = (day | 0) + 719_468;
  const era = (shifted / 146_097) | 0;
  const dayOfEra = shifted - era * 146_097;
  const leapDays = ((dayOfEra / 1_460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const marchMonth = ((5 * dayOfYear + 2) / 153) | 0;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const monthAndDay = fourDigits(100 * month + dayOfYear - (((153 * marchMonth + 2) / 5) | 0) + 1);
  out.reserve(10);
  const { words, length } = out;
  words.setInt32(length, fourDigits(year), true);
  words.setInt32(length + 4, between(HYPHEN, monthAndDay & 0xffff, HYPHEN), true);
  words.setUint16(length + 8, monthAndDay >> 16, true);
  out.length = length + 10;
}

/** `THH:MM:SS[.ffffff]Z` of a second of the day and its microseconds; zeros at the end of the fraction are left out. */
export function writeTime(second: number, microseconds: number, out: Bytes): void {
  const minute = (second / 60) | 0;
  const hour = (minute / 60) | 0;
  const hourAndMinute = fourDigits(100 * hour + minute - 60 * hour);
  out.reserve(10);
  const { words, length } = out;
  words.setInt32(length, between(LETTER_T, hourAndMinute & 0xffff, COLON), true);
  words.setUint16(length + 4, hourAndMinute >> 16, true);
  words.setInt32(length + 6, between(COLON, fourDigits(second - 60 * minute) >> 16, LETTER_Z), true);
  out.length = length + 9;
  if (microseconds > 0) writeFraction(microseconds, 6, out);
  out.byte(LETTER_Z);
}

/** Two digits with a character on either side, in the order of a little-endian word. */
function between(before: number, digits: number, after: number): number {
  return before | (digits << 8) | (after << 24);
}
