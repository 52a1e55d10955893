/**
 * Reads Retry-After. It is a floor, never shortened: waiting too little costs a longer penalty, and what is too long to
 * obey is said so instead of being obeyed half.
 */

/** Milliseconds; `missing` when there is no readable value; `too_long` beyond what the operator allows. */
export type RetryAfter = number | "missing" | "too_long";

/** Zero and negative values would make a hot loop. */
const leastMs = 1_000;
/** Seconds, with decimals: the service has been seen to send them. */
const secondsPattern = /^[+-]?\d+(?:\.\d*)?$/;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** The date form that HTTP tells senders to use, e.g. `Sun, 06 Nov 1994 08:49:37 GMT`. */
const datePattern = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/**
 * @param headers of the reply, lower-case names. Of several values the longest counts.
 * @param maxMs the longest wait that is obeyed, milliseconds.
 */
export function readRetryAfter(headers: Readonly<Record<string, string | undefined>>, maxMs: number): RetryAfter {
  const waits = values(headers["retry-after"] ?? "")
    .map((value) => readOne(value, headers["date"]))
    .filter((wait) => wait !== undefined);
  if (waits.length === 0) return "missing";
  const wait = Math.max(leastMs, ...waits);
  return wait > maxMs ? "too_long" : wait;
}

/** A comma parts two headers that were joined, but belongs to the value after the day of the week. */
function values(header: string): string[] {
  return header
    .split(/(?<![A-Z][a-z]{2}),/)
    .slice(0, 8)
    .map((value) => value.trim());
}

function readOne(value: string, replyDate: string | undefined): number | undefined {
  if (secondsPattern.test(value)) return Math.ceil(Number(value) * 1000);
  const until = httpDate(value);
  const now = httpDate(replyDate?.trim() ?? "");
  // Measured against the reply's own clock: ours may be an hour off.
  return until === undefined || now === undefined ? undefined : until - now;
}

/** Milliseconds since 1970. */
function httpDate(text: string): number | undefined {
  const [, day, monthName = "", year, hour, minute, second] = datePattern.exec(text) ?? [];
  const month = months.indexOf(monthName);
  if (month < 0) return undefined;
  return (
    (daysSince1970(Number(year), month + 1, Number(day)) * 24 + Number(hour)) * 3_600_000 +
    Number(minute) * 60_000 +
    Number(second) * 1000
  );
}

/** In the proleptic Gregorian calendar, counting years from March so that a leap day is a year's last. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}
