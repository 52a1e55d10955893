/** Dates to date-only attributes, instants to date-time attributes: UTC text, exact to the microsecond. */
import type { Column, ColumnType, TimeUnit } from "../../arrow/columns.ts";
import { FIRST_DAY, Instant, LAST_DAY, SECONDS_PER_DAY, writeDay, writeTime } from "../text/calendar.ts";
import type { Excess } from "../text/exact-decimal.ts";
import type { BindColumn, WriteValue } from "../text/value.ts";
import { viewOf } from "../text/value.ts";

const OUTSIDE = "a time outside 1753-01-01 to 9999-12-31, which the service cannot hold";
const TOO_PRECISE = "a time with digits beyond the microsecond";
const NOT_A_DAY = "a date with a time of day in it";

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** `2024-01-31`, from dates and from timestamps without zone. */
export function dateOnly(excess: Excess): BindColumn {
  return (column) => {
    const readDay = dayReader(column);
    return (row, out) => {
      const exact = readDay(row);
      const day = Math.floor(exact);
      if (day !== exact && excess !== "TRUNCATE") return NOT_A_DAY;
      if (!isInCalendar(day)) return OUTSIDE;
      writeDay(day, out);
      return undefined;
    };
  };
}

function isInCalendar(day: number): boolean {
  return day >= FIRST_DAY && day <= LAST_DAY;
}

/** Days since 1970, with a fraction where there is a time of day. */
function dayReader(column: Column): (row: number) => number {
  const view = viewOf(column);
  const { type } = column.field;
  if (type.kind === "date" && type.unit === "day") return (row) => view.getInt32(4 * row, true);
  const perSecond = perSecondOf(type);
  const instant = new Instant();
  return (row) => {
    instant.load(view, 8 * row, perSecond);
    const day = Math.floor(instant.seconds / SECONDS_PER_DAY);
    return instant.fraction === 0 && instant.seconds === day * SECONDS_PER_DAY ? day : day + 0.5;
  };
}

/** @throws RangeError for a type that holds no instants. */
function perSecondOf(type: ColumnType): number {
  if (type.kind === "date") return 1_000;
  if (type.kind === "timestamp") return PER_SECOND[type.unit];
  throw new RangeError(`no instants in a column of ${type.kind}`);
}

/** `2024-01-31T10:00:00.000001Z`, from timestamps of any unit, and from dates, which begin at midnight. */
export function dateTime(excess: Excess): BindColumn {
  return (column) => {
    const { type } = column.field;
    return type.kind === "date" ? midnight(column) : instants(column, perSecondOf(type), excess);
  };
}

function midnight(column: Column): WriteValue {
  const write = dateOnly("REFUSE")(column);
  return (row, out) => {
    const flaw = write(row, out);
    writeTime(0, 0, out);
    return flaw;
  };
}

function instants(column: Column, perSecond: number, excess: Excess): WriteValue {
  const view = viewOf(column);
  const instant = new Instant();
  return (row, out) => {
    instant.load(view, 8 * row, perSecond);
    // At most 1e9 times 1e6: exact, and a whole number exactly if no digit goes beyond the microsecond.
    const exact = (instant.fraction * 1e6) / perSecond;
    const microseconds = excess === "ROUND" ? Math.round(exact) : Math.floor(exact);
    if (excess === "REFUSE" && microseconds !== exact) return TOO_PRECISE;
    const carry = microseconds === 1e6 ? 1 : 0;
    const seconds = instant.seconds + carry;
    const day = Math.floor(seconds / SECONDS_PER_DAY);
    if (!isInCalendar(day)) return OUTSIDE;
    writeDay(day, out);
    writeTime((seconds - day * SECONDS_PER_DAY) | 0, (microseconds - carry * 1e6) | 0, out);
    return undefined;
  };
}
