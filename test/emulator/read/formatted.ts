/** Values as the service shows them to an American in UTC: labels of choices, grouped digits, the currency's symbol, names of lookups. */
import type { Session } from "../environment.ts";
import { roundDecimal, withFraction } from "../rows/decimal.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { isReference, nameOf, rowOf } from "./property.ts";

/** Undefined where the service shows none: texts, ids, and what is null. */
export function formatValue(
  session: Session,
  { table, row }: { readonly table: Table; readonly row: Row },
  column: Column,
  value: Stored,
): string | undefined {
  if (value === null) {
    return undefined;
  }
  switch (column.type) {
    case "integer":
    case "bigint":
      return grouped(String(value));
    case "decimal":
      return grouped(withFraction(String(value), column.precision));
    case "float":
      return grouped(Number(value).toFixed(column.precision));
    case "money":
      return moneyText(session, { table, row }, column, String(value));
    case "boolean":
      return label(column, Number(value)) ?? (value === true ? "Yes" : "No");
    case "choice":
    case "state":
    case "status":
      return label(column, Number(value));
    case "multiselect":
      return String(value)
        .split(",")
        .map((one) => label(column, Number(one)) ?? one)
        .join("; ");
    case "datetime":
      return `${dayText(String(value))} ${hourText(String(value))}`;
    case "dateonly":
      return dayText(String(value));
    case "lookup":
      return isReference(value) ? nameOf(session, value) : undefined;
    case "text":
    case "memo":
    case "guid":
    case "image":
    case "file":
    case "partylist":
      return undefined;
  }
}

function label(column: Column, value: number): string | undefined {
  return column.options.find((option) => option.value === value)?.label;
}

/** `-1234567.5` as `-1,234,567.5`. */
export function grouped(decimal: string): string {
  const [whole = "", fraction] = decimal.split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

function moneyText(
  session: Session,
  { table, row }: { readonly table: Table; readonly row: Row },
  column: Column,
  value: string,
): string {
  const currency = currencyOf(session, table, row);
  const digits = column.precisionSource === 2 ? (currency?.precision ?? 2) : column.precision;
  const amount = grouped(withFraction(roundDecimal(value, digits), digits));
  const symbol = currency?.symbol ?? "$";
  return amount.startsWith("-") ? `-${symbol}${amount.slice(1)}` : `${symbol}${amount}`;
}

function currencyOf(
  session: Session,
  table: Table,
  row: Row,
): { readonly symbol: string; readonly precision: number } | undefined {
  const lookup = table.byName.get("transactioncurrencyid");
  const reference = lookup === undefined ? null : stored(row, lookup);
  const currencies = session.catalog.find("transactioncurrency");
  const found = isReference(reference) ? rowOf(session, reference) : undefined;
  if (found === undefined || currencies === undefined) {
    return undefined;
  }
  const read = (name: string): Stored => {
    const column = currencies.byName.get(name);
    return column === undefined ? null : stored(found, column);
  };
  return { symbol: String(read("currencysymbol") ?? "$"), precision: Number(read("currencyprecision") ?? 2) };
}

/** `2024-03-01…` as `3/1/2024`. */
function dayText(text: string): string {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  return `${month}/${day}/${year}`;
}

/** `…T15:04:05Z` as `3:04 PM`. */
function hourText(text: string): string {
  const hour = Number(text.slice(11, 13));
  return `${hour % 12 === 0 ? 12 : hour % 12}:${text.slice(14, 16)} ${hour < 12 ? "AM" : "PM"}`;
}
