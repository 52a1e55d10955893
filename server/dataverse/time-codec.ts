/** Dates to date-only attributes, instants to date-time attributes: UTC text, exact to the microsecond. */
import type { Column, TimeUnit } from "../arrow/columns.ts";
import { FIRST_DAY, Instant, LAST_DAY, SECONDS_PER_DAY, writeDay, writeTime } from "./calendar.ts";
import type { Excess } from "./exact-decimal.ts";
import type { BindColumn } from "./value.ts";
import { viewOf } from "./value.ts";

const OUTSIDE = "a time outside 1753-01-01 to 9999-12-31, which the service cannot hold";
const TOO_PRECISE = "a time with digits beyond the microsecond";
const NOT_A_DAY = "a date with a time of day in it";

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** `2024-01-31`, from date32 and date64. */
export const dateOnly: BindColumn = (column) => {
  const readDay = dayReader(column);
  return (row, out) => {
    const day = readDay(row);
    if (!Number.isInteger(day)) return NOT_A_DAY;
    if (day < FIRST_DAY || day > LAST_DAY) return OUTSIDE;
    writeDay(day, out);
    return undefined;
  };
};

function dayReader(column: Column): (row: number) => number {
  const view = viewOf(column);
  const { type } = column.field;
  if (type.kind === "date" && type.unit === "day") return (row) => view.getInt32(4 * row, true);
  const instant = new Instant();
  return (row) => {
    instant.load(view, 8 * row, 1_000);
    return (instant.seconds + instant.fraction / 1_000) / SECONDS_PER_DAY;
  };
}

/** `2024-01-31T10:00:00.000001Z`, from timestamps of any unit. */
export function dateTime(excess: Excess): BindColumn {
  return (column) => {
    const { type } = column.field;
    if (type.kind !== "timestamp") throw new RangeError(`no instants in a column of ${type.kind}`);
    const view = viewOf(column);
    const perSecond = PER_SECOND[type.unit];
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
      if (day < FIRST_DAY || day > LAST_DAY) return OUTSIDE;
      writeDay(day, out);
      writeTime(seconds - day * SECONDS_PER_DAY, microseconds - carry * 1e6, out);
      return undefined;
    };
  };
}
