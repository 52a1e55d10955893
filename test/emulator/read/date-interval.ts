/** The stretches of time that the service's date operators name, in UTC; weeks begin on Sunday. */

export interface Interval {
  /** Milliseconds since 1970; the end is outside. */
  readonly from: number;
  readonly to: number;
}

const day = 86_400_000;

type Unit = "minutes" | "hours" | "days" | "weeks" | "months" | "years";

/** `today`, `last-week`, `next-x-days`, `olderthan-x-months` …; undefined for an operator that names no stretch of time. `count` is the X. */
export function intervalOf(operator: string, now: number, count: number): Interval | undefined {
  const midnight = startOf("days", now);
  switch (operator) {
    case "today":
      return { from: midnight, to: midnight + day };
    case "yesterday":
      return { from: midnight - day, to: midnight };
    case "tomorrow":
      return { from: midnight + day, to: midnight + 2 * day };
    case "last-seven-days":
      return { from: midnight - 7 * day, to: now + 1 };
    case "next-seven-days":
      return { from: now, to: midnight + 8 * day };
    default:
  }
  const [, place, period] = /^(last|this|next)-(week|month|year)$/.exec(operator) ?? [];
  if (place !== undefined) {
    const unit = `${period}s` as Unit;
    const shift = { last: -1, this: 0, next: 1 }[place] ?? 0;
    const from = shifted(startOf(unit, now), unit, shift);
    return { from, to: shifted(from, unit, 1) };
  }
  const [, side, named] = /^(last|next|olderthan)-x-(minutes|hours|days|weeks|months|years)$/.exec(operator) ?? [];
  return side === undefined ? undefined : counted(side, named as Unit, now, count);
}

function counted(side: string, unit: Unit, now: number, count: number): Interval | undefined {
  if (side === "olderthan") {
    return { from: Number.NEGATIVE_INFINITY, to: shifted(now, unit, -count) };
  }
  // There are no operators of single minutes but "older than".
  if (unit === "minutes") {
    return undefined;
  }
  const whole = unit === "hours" ? now : startOf("days", now);
  return side === "last"
    ? { from: shifted(whole, unit, -count), to: now + 1 }
    : { from: now, to: shifted(unit === "hours" ? now : whole + day, unit, count) };
}

function startOf(unit: Unit, time: number): number {
  const at = new Date(time);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  const midnight = Date.UTC(year, month, at.getUTCDate());
  switch (unit) {
    case "weeks":
      return midnight - at.getUTCDay() * day;
    case "months":
      return Date.UTC(year, month, 1);
    case "years":
      return Date.UTC(year, 0, 1);
    default:
      return midnight;
  }
}

function shifted(time: number, unit: Unit, count: number): number {
  const at = new Date(time);
  switch (unit) {
    case "minutes":
      return time + count * 60_000;
    case "hours":
      return time + count * 3_600_000;
    case "days":
      return time + count * day;
    case "weeks":
      return time + count * 7 * day;
    case "months":
      return at.setUTCMonth(at.getUTCMonth() + count);
    case "years":
      return at.setUTCFullYear(at.getUTCFullYear() + count);
  }
}
