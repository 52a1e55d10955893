/** Money stands in a row's currency: its digits, its rate, and the amounts in the currency of the organization. */
import type { Session } from "../environment.ts";
import { organizationId } from "../messages/functions.ts";
import { compareDecimals, divideDecimals, fractionDigits, roundDecimal } from "../rows/decimal.ts";
import { baseCurrencyId } from "../rows/seed-rows.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import { excessDigits } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { MoneyTraits } from "./traits.ts";
import { traitsOf } from "./traits.ts";

/** Amounts in the organization's currency are kept to so many digits. */
const baseDigits = 4;

const currencyTable = "transactioncurrency";

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
  fillBases(table, money, { values, rate: String(fieldOf(session, currencyTable, currency, "exchangerate")) });
}

function concerns(money: MoneyTraits, sent: readonly Assignment[]): boolean {
  return sent.some(({ column }) => column.type === "money" || column === money.currency);
}

/** The row's own currency, the user's, or the organization's. */
function currencyOf(
  session: Session,
  { currency }: MoneyTraits,
  values: Stored[],
  sent: readonly Assignment[],
): string {
  const cleared = sent.some(({ column, value }) => column === currency && value === null);
  const chosen = values[currency.ordinal] ?? null;
  const usual = chosen ?? fieldOf(session, "systemuser", session.userId, "transactioncurrencyid");
  const id = typeof usual === "object" && usual !== null ? usual.id : baseCurrencyId;
  if (cleared || fieldOf(session, currencyTable, id, "exchangerate") === null) {
    throw new ServiceError(400, codes.currencyNull, "The currency cannot be null.");
  }
  if (chosen === null) {
    values[currency.ordinal] = { table: currencyTable, id };
  }
  return id;
}

/** Of prices, where the column leaves it to the organization. */
function pricingDigits(session: Session): number {
  return Number(fieldOf(session, "organization", organizationId, "pricingdecimalprecision") ?? 2);
}

function digitsOf(session: Session, column: Column, currency: string): number {
  if (column.precisionSource === 1) {
    return pricingDigits(session);
  }
  return Number(fieldOf(session, currencyTable, currency, "currencyprecision") ?? column.precision);
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
    if (rate !== "1") {
      checkBase(table, { column, of }, base);
    }
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

function fieldOf(session: Session, tableName: string, id: string, name: string): Stored {
  const table = session.catalog.find(tableName);
  const column = table?.byName.get(name);
  if (table === undefined || column === undefined) {
    return null;
  }
  return session.store.rows(table).get(id)?.values[column.ordinal] ?? null;
}
