/** Durations to whole-number attributes of format Duration, which hold whole minutes. */
import type { TimeUnit } from "../../arrow/columns.ts";
import { Instant } from "../text/calendar.ts";
import type { Excess } from "../text/exact-decimal.ts";
import type { BindColumn } from "../text/value.ts";
import { viewOf } from "../text/value.ts";
import type { NumberLimits } from "./number-codec.ts";

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

const NOT_WHOLE = "a duration that is not of whole minutes, all that the attribute holds";

/** Halves are rounded away from zero. */
export function wholeMinutes(limits: NumberLimits, excess: Excess): BindColumn {
  const min = Number(limits.min ?? -2_147_483_648);
  const max = Number(limits.max ?? 2_147_483_647);
  const outside = `a duration outside ${min} to ${max} minutes`;
  return (column) => {
    const { type } = column.field;
    if (type.kind !== "duration") throw new RangeError(`no durations in a column of ${type.kind}`);
    const view = viewOf(column);
    const perSecond = PER_SECOND[type.unit];
    const span = new Instant();
    return (row, out) => {
      span.load(view, 8 * row, perSecond);
      const below = Math.floor(span.seconds / 60);
      const rest = span.seconds - 60 * below + span.fraction / perSecond;
      if (rest !== 0 && excess === "REFUSE") return NOT_WHOLE;
      const minutes = below + (isUp(rest, below < 0, excess) ? 1 : 0);
      if (minutes < min || minutes > max) return outside;
      out.integer(minutes);
      return undefined;
    };
  };
}

/** @param rest seconds above the minute below. */
function isUp(rest: number, negative: boolean, excess: Excess): boolean {
  if (excess === "ROUND") return negative ? rest > 30 : rest >= 30;
  return negative && rest > 0;
}
