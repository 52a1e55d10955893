/** Dates and instants as canonical text whose order is the order of time once the "Z" is off. */

const dateForm = /^\d{4}-\d{2}-\d{2}$/;
const instantForm = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?(Z|[+-]\d{2}:\d{2})?$/;

const dateLength = 10;
/** Of `YYYY-MM-DDThh:mm:ssZ`. */
const wholeLength = 20;
const dash = 0x2d;
const colon = 0x3a;

const earliest = Date.UTC(1753, 0, 1);
const latest = Date.UTC(9999, 11, 30, 23, 59, 59);

/** Why a text is no value of the column: not of the form, or a moment that the service cannot hold. */
export type DateFault = "form" | "range";

/** The day as `YYYY-MM-DD`. */
export function canonicalDate(text: string): string | DateFault {
  if (text.length === dateLength && isEveryday(text)) {
    return text;
  }
  const day = dayOf(text);
  if (day === undefined) {
    return "form";
  }
  return day < earliest || day > latest ? "range" : text;
}

/** The instant in UTC; digits after the second are kept to the microsecond or dropped. A text without offset is UTC. */
export function canonicalInstant(text: string, subseconds: "keep" | "drop"): string | DateFault {
  if (text.length === wholeLength && isEveryday(text) && isWholeTime(text)) {
    return text;
  }
  const [, date = "", hour = "", minute = "", second = "00", fraction = "", offset = "Z"] =
    instantForm.exec(text) ?? [];
  const day = dayOf(date);
  if (day === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return "form";
  }
  const shift = offsetMinutes(offset);
  if (shift === undefined) {
    return "form";
  }
  const moment = day + ((Number(hour) * 60 + Number(minute) - shift) * 60 + Number(second)) * 1000;
  if (moment < earliest || moment > latest) {
    return "range";
  }
  const digits = subseconds === "keep" ? fraction.slice(0, 6).replace(/0+$/, "") : "";
  const whole = offset === "Z" ? `${date}T${hour}:${minute}:${second}` : new Date(moment).toISOString().slice(0, 19);
  return digits === "" ? `${whole}Z` : `${whole}.${digits}Z`;
}

/** Negative, zero or positive, like a comparator. */
export function compareInstants(a: string, b: string): number {
  const [first, second] = [a.slice(0, -1), b.slice(0, -1)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Whether a text begins with a day that every month of every year has, far from the earliest and the latest: most values are such, and canonical as they stand. */
function isEveryday(text: string): boolean {
  const year = 100 * two(text, 0) + two(text, 2);
  const [month, day] = [two(text, 5), two(text, 8)];
  return (
    text.charCodeAt(4) === dash &&
    text.charCodeAt(7) === dash &&
    year >= 1800 &&
    year < 9000 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 28
  );
}

/** Whether `Thh:mm:ssZ` follows the day. */
function isWholeTime(text: string): boolean {
  return (
    text.charCodeAt(10) === 0x54 &&
    two(text, 11) < 24 &&
    text.charCodeAt(13) === colon &&
    two(text, 14) < 60 &&
    text.charCodeAt(16) === colon &&
    two(text, 17) < 60 &&
    text.charCodeAt(19) === 0x5a
  );
}

/** Two digits; NaN if they are none. */
function two(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - 0x30, text.charCodeAt(at + 1) - 0x30];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

function dayOf(text: string): number | undefined {
  if (!dateForm.test(text)) {
    return undefined;
  }
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  if (month < 1 || month > 12 || day < 1 || (day > 28 && day > lastDay(year, month))) {
    return undefined;
  }
  // Date.UTC takes years below 100 for others; none of them can be stored.
  return Date.UTC(Math.max(year, 100), month - 1, day);
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(Math.max(year, 100), month, 0)).getUTCDate();
}

function offsetMinutes(offset: string): number | undefined {
  if (offset === "Z") {
    return 0;
  }
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4))];
  if (hours > 14 || minutes > 59) {
    return undefined;
  }
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
