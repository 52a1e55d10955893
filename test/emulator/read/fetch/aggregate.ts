/** Aggregate queries of FetchXML: counts, sums, averages and extremes, by groups. */
import { canonicalDecimal } from "../../rows/decimal.ts";
import type { Row } from "../../rows/row.ts";
import type { Stored } from "../../rows/values.ts";
import { compareStored, foldText } from "../../rows/values.ts";
import type { Column } from "../../schema/types.ts";
import { columnValue, isReference } from "../property.ts";
import type { Joined, Plan } from "./plan.ts";
import type { DateGrouping, FetchAttribute } from "./query.ts";
import { fetchRefusal } from "./refusals.ts";

/** The service aggregates no more rows. */
const rowsMax = 50_000;

/** A value under its alias; `column` says how it is shown, undefined for plain numbers. */
export interface Aggregated {
  readonly alias: string;
  readonly column: Column | undefined;
  readonly value: Stored;
  /** A row of the group, for what is said about the value. */
  readonly row: Row | undefined;
}

interface Placed {
  readonly attribute: FetchAttribute;
  readonly place: number;
}

/** One list of values for every group, in the order in which groups appeared. Throws beyond the service's limit. */
export function aggregate(plan: Plan, rows: Iterable<Joined>): readonly (readonly Aggregated[])[] {
  const placed = plan.entities.flatMap(({ attributes }, place) =>
    attributes.map((attribute) => ({ attribute, place })),
  );
  const keys = placed.filter(({ attribute }) => attribute.groupBy);
  const groups = new Map<string, Joined[]>();
  let count = 0;
  for (const joined of rows) {
    count += 1;
    if (count > rowsMax) {
      throw fetchRefusal("tooManyRows");
    }
    const key = JSON.stringify(keys.map((one) => textOf(groupValue(one, joined))));
    const group = groups.get(key) ?? [];
    group.push(joined);
    groups.set(key, group);
  }
  if (groups.size === 0 && keys.length === 0) {
    groups.set("", []);
  }
  return [...groups.values()].map((group) => placed.map((one) => aggregated(one, group)));
}

function aggregated(one: Placed, group: readonly Joined[]): Aggregated {
  const { attribute, place } = one;
  const alias = attribute.alias ?? attribute.column.name;
  const [first] = group;
  const row = first?.[place];
  if (attribute.groupBy) {
    const value = first === undefined ? null : groupValue(one, first);
    return { alias, column: attribute.dateGrouping === undefined ? attribute.column : undefined, value, row };
  }
  const values = group.map((joined) => valueAt(one, joined)).filter((value) => value !== null);
  switch (attribute.aggregate) {
    case "count":
      return { alias, column: undefined, value: group.length, row };
    case "countcolumn":
      return { alias, column: undefined, value: attribute.distinct ? distinct(values) : values.length, row };
    case "min":
    case "max": {
      const sorted = [...values].sort((a, b) => compareStored(attribute.column, a, b));
      return { alias, column: attribute.column, value: sorted.at(attribute.aggregate === "min" ? 0 : -1) ?? null, row };
    }
    case "sum":
      return { alias, column: attribute.column, value: ofType(attribute.column, sum(values), 1n), row };
    case "avg":
      return {
        alias,
        column: attribute.column,
        value: ofType(attribute.column, sum(values), BigInt(values.length)),
        row,
      };
    case undefined:
      throw fetchRefusal(
        "invalid",
        `An attribute can not be requested when an aggregate operation has been specified and its neither groupby not aggregate. NodeName = attribute ${attribute.column.name}.`,
      );
  }
}

function distinct(values: readonly Stored[]): number {
  return new Set(values.map(textOf)).size;
}

/** Digits after the point that sums and averages keep. */
const scale = 10;

function sum(values: readonly Stored[]): bigint {
  return values.reduce((total: bigint, value) => total + scaled(value), 0n);
}

function scaled(value: Stored): bigint {
  if (!/^-?[\d.]+(e[-+]?\d+)?$/i.test(String(value))) {
    throw fetchRefusal("invalid", "Only numbers can be added up.");
  }
  const exact = canonicalDecimal(String(value)) ?? "0";
  const [whole = "0", fraction = ""] = exact.replace("-", "").split(".");
  const digits = BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0"));
  return exact.startsWith("-") ? -digits : digits;
}

/** The sum divided, as a value of the column: whole numbers stay whole. */
function ofType({ type }: Column, total: bigint, count: bigint): Stored {
  if (count === 0n) {
    return null;
  }
  const exact = canonicalDecimal(`${total / count}e-${scale}`) ?? "0";
  switch (type) {
    case "integer":
      return Math.trunc(Number(exact));
    case "bigint":
      return BigInt(exact.split(".")[0] ?? "0");
    case "float":
      return Number(exact);
    default:
      return exact;
  }
}

function valueAt({ attribute, place }: Placed, joined: Joined): Stored {
  const row = joined[place];
  return row === undefined ? null : columnValue(row, attribute.column);
}

function groupValue(one: Placed, joined: Joined): Stored {
  const value = valueAt(one, joined);
  const grouping = one.attribute.dateGrouping;
  return grouping === undefined || typeof value !== "string" ? value : datePart(grouping, value);
}

function datePart(grouping: DateGrouping, value: string): number {
  const [year = 0, month = 1, day = 1] = value.slice(0, 10).split("-").map(Number);
  switch (grouping) {
    case "year":
      return year;
    case "quarter":
      return Math.ceil(month / 3);
    case "month":
      return month;
    case "day":
      return day;
    case "week": {
      const first = Date.UTC(year, 0, 1);
      const days = Math.round((Date.UTC(year, month - 1, day) - first) / 86_400_000);
      return Math.floor((days + new Date(first).getUTCDay()) / 7) + 1;
    }
  }
}

function textOf(value: Stored): string | null {
  return value === null
    ? null
    : isReference(value)
      ? value.id
      : typeof value === "string"
        ? foldText(value)
        : String(value);
}
