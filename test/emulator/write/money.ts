/** Money stands in a row's currency: its digits, its rate, and the amounts in the currency of the organization. */

import type { Session } from "../environment.ts";
import { compareDecimals, divideDecimals, fractionDigits, roundDecimal } from "../rows/decimal.ts";
import { baseCurrencyId } from "../rows/seed-rows.ts";
import type { Row } from "../rows/store.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import { excessDigits } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { MoneyTraits } from "./traits.ts";
import { traitsOf } from "./traits.ts";

/** Amounts in the organization's currency are kept to so many digits. */
const baseDigits = 4;

/** Rounds what was sent where the settings say so, and fills currency, rate and base amounts. Throws for digits, currencies and amounts that the service refuses. */
export function settleMoney(session: Session, table: Table, values: Stored[], sent: Assignment[]): void {
  const { money } = traitsOf(table);
  if (money === undefined || !concerns(money, sent)) {
    return;
  }
  const empty = money.amounts.every(({ ordinal }) => (values[ordinal] ?? null) === null);
  if (empty && (values[money.currency.ordinal] ?? null) === null) {
    return;
  }
  const currency = currencyOf(session, money, values, sent);
  for (const [index, { column, value }] of sent.entries()) {
    if (column.type === "money" && column.precisionSource !== 0 && typeof value === "string") {
      const settled = withDigits(session, { table, column }, value, digitsOf(session, column, currency));
      values[column.ordinal] = settled;
      sent[index] = { column, value: settled };
    }
  }
  fillBases(table, money, { values, rate: textOf(session, currency, "exchangerate") ?? "1" });
}

function concerns(money: MoneyTraits, sent: readonly Assignment[]): boolean {
  return sent.some(({ column }) => column.type === "money" || column === money.currency);
}

function currencyOf(session: Session, { currency }: MoneyTraits, values: Stored[], sent: readonly Assignment[]): Row {
  const cleared = sent.some(({ column, value }) => column === currency && value === null);
  const chosen = values[currency.ordinal] ?? null;
  const id = typeof chosen === "object" && chosen !== null ? chosen.id : baseCurrencyId;
  const table = session.catalog.find("transactioncurrency");
  const row = table === undefined ? undefined : session.store.rows(table).get(id);
  if (cleared || row === undefined) {
    throw new ServiceError(400, codes.currencyNull, "The currency cannot be null.");
  }
  if (chosen === null) {
    values[currency.ordinal] = { table: "transactioncurrency", id };
  }
  return row;
}

function digitsOf(session: Session, column: Column, currency: Row): number {
  if (column.precisionSource === 1) {
    return session.settings.pricingDigits;
  }
  return Number(currencyField(session, currency, "currencyprecision") ?? column.precision);
}

function withDigits(session: Session, place: { table: Table; column: Column }, value: string, digits: number): string {
  if (fractionDigits(value) <= digits) {
    return value;
  }
  if (session.settings.excessDigits === "refuse") {
    throw excessDigits(place, digits);
  }
  return roundDecimal(value, digits);
}

function fillBases(
  table: Table,
  money: MoneyTraits,
  { values, rate }: { readonly values: Stored[]; readonly rate: string },
): void {
  if (money.rate !== undefined) {
    values[money.rate.ordinal] = rate;
  }
  for (const { column, of } of money.bases) {
    const amount = values[of.ordinal] ?? null;
    const base = amount === null ? null : divideDecimals(String(amount), rate, baseDigits);
    checkBase(table, { column, of }, base);
    values[column.ordinal] = base;
  }
}

function checkBase(table: Table, { column, of }: MoneyTraits["bases"][number], base: string | null): void {
  if (base === null) {
    return;
  }
  if (compareDecimals(base, column.max) > 0) {
    throw new ServiceError(
      400,
      codes.baseOverflow,
      `The exchange rate set for the currency specified in this record has generated a value for ${of.label} of ${table.name} that is larger than the maximum allowed for the base currency (${column.max}).`,
    );
  }
  if (compareDecimals(base, column.min) < 0) {
    throw new ServiceError(
      400,
      codes.baseUnderflow,
      `The exchange rate set for the currency specified in this record has generated a value for ${of.label} of ${table.name} that is smaller than the minimum allowed for the base currency (${column.min}).`,
    );
  }
}

function textOf(session: Session, row: Row, name: string): string | undefined {
  const value = currencyField(session, row, name);
  return typeof value === "string" ? value : undefined;
}

function currencyField(session: Session, currency: Row, name: string): Stored {
  const column = session.catalog.find("transactioncurrency")?.byName.get(name);
  return column === undefined ? null : (currency.values[column.ordinal] ?? null);
}
