/** Instants and days as integers, from Arrow's 64-bit words to ISO 8601 text. No `Date`: it knows milliseconds only. */
import type { Bytes } from "./bytes.ts";

/** 1753-01-01, the first day that the service can hold, and 9999-12-31, as days since 1970-01-01. */
export const FIRST_DAY = -79_257;
export const LAST_DAY = 2_932_896;

export const SECONDS_PER_DAY = 86_400;

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
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  out.reserve(10);
  out.digits(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4);
  out.byte(0x2d);
  out.digits(month, 2);
  out.byte(0x2d);
  out.digits(dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1, 2);
}

/** `THH:MM:SS[.ffffff]Z` of a second of the day and its microseconds; zeros at the end of the fraction are left out. */
export function writeTime(second: number, microseconds: number, out: Bytes): void {
  const minute = Math.floor(second / 60);
  out.reserve(17);
  out.byte(0x54);
  out.digits(Math.floor(minute / 60), 2);
  out.byte(0x3a);
  out.digits(minute % 60, 2);
  out.byte(0x3a);
  out.digits(second % 60, 2);
  if (microseconds > 0) {
    out.byte(0x2e);
    let fraction = microseconds;
    let width = 6;
    while (fraction % 10 === 0) {
      fraction /= 10;
      width--;
    }
    out.digits(fraction, width);
  }
  out.byte(0x5a);
}
