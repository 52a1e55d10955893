/** The service's condition operators, as FetchXML names them; query functions of `$filter` are the same under other names. */
import type { Session } from "../environment.ts";
import { businessUnitId } from "../messages/functions.ts";
import type { Stored } from "../rows/values.ts";
import { compareStored } from "../rows/values.ts";
import type { Column } from "../schema/types.ts";
import { intervalOf } from "./date-interval.ts";
import { like } from "./like.ts";
import { fromText } from "./literal.ts";
import { isReference } from "./property.ts";

export type ValueTest = (value: Stored) => boolean;

export interface Condition {
  readonly operator: string;
  readonly values: readonly string[];
}

/** Why a condition cannot be. */
export type Refuse = (reason: "operator" | "value", text: string) => Error;

/** Throws what `refuse` makes of an unknown operator or of a value that the column cannot have. */
export function compileCondition(session: Session, column: Column, condition: Condition, refuse: Refuse): ValueTest {
  const { operator, values } = condition;
  // What is not so includes what is nothing.
  const positive = opposites.get(operator);
  if (positive !== undefined) {
    const holds = compileCondition(session, column, { operator: positive, values }, refuse);
    return (value) => !holds(value);
  }
  return (
    ordered(column, condition, refuse) ??
    listed(session, column, condition, refuse) ??
    textual(condition, refuse) ??
    dated(session, column, condition, refuse) ??
    fail(refuse("operator", operator))
  );
}

const opposites: ReadonlyMap<string, string> = new Map([
  ["ne", "eq"],
  ["neq", "eq"],
  ["not-null", "null"],
  ["not-in", "in"],
  ["not-between", "between"],
  ["not-like", "like"],
  ["not-begin-with", "begins-with"],
  ["not-end-with", "ends-with"],
  ["not-contain-values", "contain-values"],
  ["ne-userid", "eq-userid"],
  ["ne-businessid", "eq-businessid"],
]);

function ordered(column: Column, { operator, values }: Condition, refuse: Refuse): ValueTest | undefined {
  const holds = new Map<string, (order: number) => boolean>([
    ["eq", (order) => order === 0],
    ["gt", (order) => order > 0],
    ["ge", (order) => order >= 0],
    ["lt", (order) => order < 0],
    ["le", (order) => order <= 0],
  ]).get(operator);
  if (holds === undefined) {
    return undefined;
  }
  const wanted = only(column, values, refuse);
  return (value) => value !== null && holds(compareStored(column, value, wanted));
}

function listed(
  session: Session,
  column: Column,
  { operator, values }: Condition,
  refuse: Refuse,
): ValueTest | undefined {
  const wanted = (): readonly Stored[] => values.map((text) => valueFrom(column, text, refuse));
  switch (operator) {
    case "null":
      return (value) => value === null;
    case "in": {
      const found = wanted();
      const ids = new Set(found);
      return column.type === "guid" || column.type === "lookup"
        ? (value) => ids.has(isReference(value) ? value.id : value)
        : (value) => value !== null && found.some((one) => compareStored(column, value, one) === 0);
    }
    case "between": {
      const [low, high, ...more] = wanted();
      if (low === undefined || high === undefined || more.length > 0) {
        throw refuse("value", values.join(","));
      }
      return (value) =>
        value !== null && compareStored(column, value, low) >= 0 && compareStored(column, value, high) <= 0;
    }
    case "contain-values": {
      const chosen = new Set(values.map((text) => text.trim()));
      return (value) => typeof value === "string" && value.split(",").some((one) => chosen.has(one));
    }
    case "eq-userid":
      return (value) => (isReference(value) ? value.id : value) === session.userId;
    case "eq-businessid":
      return (value) => (isReference(value) ? value.id : value) === businessUnitId;
    default:
      return undefined;
  }
}

function textual({ operator, values }: Condition, refuse: Refuse): ValueTest | undefined {
  const frame = new Map<string, (text: string) => string>([
    ["like", (text) => text],
    ["begins-with", (text) => `${text}%`],
    ["ends-with", (text) => `%${text}`],
  ]).get(operator);
  if (frame === undefined) {
    return undefined;
  }
  const [text, ...more] = values;
  if (text === undefined || more.length > 0) {
    throw refuse("value", values.join(","));
  }
  const holds = like(frame(text));
  return (value) => typeof value === "string" && holds(value);
}

function dated(session: Session, column: Column, condition: Condition, refuse: Refuse): ValueTest | undefined {
  const { operator, values } = condition;
  const now = Date.parse(session.now);
  const days = new Map<string, (value: string, wanted: string) => boolean>([
    ["on", (value, wanted) => value === wanted],
    ["on-or-before", (value, wanted) => value <= wanted],
    ["on-or-after", (value, wanted) => value >= wanted],
  ]).get(operator);
  if (days !== undefined) {
    const wanted = String(only(column, values, refuse)).slice(0, 10);
    return (value) => typeof value === "string" && days(value.slice(0, 10), wanted);
  }
  const count = operator.includes("-x-") ? counted(values, refuse) : 0;
  const interval = intervalOf(operator, now, count);
  if (interval === undefined) {
    return undefined;
  }
  return (value) => {
    const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
    return time >= interval.from && time < interval.to;
  };
}

/** More than the service takes either. */
const countMax = 100_000;

function counted(values: readonly string[], refuse: Refuse): number {
  const count = Number(values[0]);
  if (values.length !== 1 || !Number.isInteger(count) || count < 1 || count > countMax) {
    throw refuse("value", values.join(","));
  }
  return count;
}

function only(column: Column, values: readonly string[], refuse: Refuse): Stored {
  const [text, ...more] = values;
  if (text === undefined || more.length > 0) {
    throw refuse("value", values.join(","));
  }
  return valueFrom(column, text, refuse);
}

function valueFrom(column: Column, text: string, refuse: Refuse): Stored {
  return fromText(column, text) ?? fail(refuse("value", text));
}

function fail(error: Error): never {
  throw error;
}
