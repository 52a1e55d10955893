/** Amounts and their currency: how many digits they have, and what to tell a caller who says none. */
import type { Attribute } from "../metadata/attributes.ts";
import type { MappedTarget, MappingContext } from "../rows/mapping-context.ts";
import { requestedColumns } from "./mapping-faults.ts";

const currencyColumn = "transactioncurrencyid";

/** Money with the digits that its precision source gives it, as far as they are known: the service rounds what is beyond. */
export function withMoneyDigits(attribute: Attribute, context: MappingContext): Attribute {
  const precision = digitsOf(attribute, context);
  return precision === undefined ? attribute : { ...attribute, precision };
}

function digitsOf({ kind, precisionSource }: Attribute, context: MappingContext): number | undefined {
  if (kind !== "money") return undefined;
  const { currency } = context.table;
  if (precisionSource === 1) return currency?.pricingPrecision;
  // Rows that are there, or that name their currency, may have one with more digits.
  const isBase = context.request.mode === "INSERT" && !namesCurrency(context);
  return precisionSource === 2 && isBase ? currency?.precision : undefined;
}

function namesCurrency({ request, schema }: MappingContext): boolean {
  return requestedColumns(request, schema).some(({ target }) => target === currencyColumn);
}

export function currencyWarnings(context: MappingContext, targets: readonly MappedTarget[]): readonly string[] {
  const { table, request } = context;
  const amounts = targets.filter(({ attribute }) => attribute.kind === "money");
  if (amounts.length === 0 || request.mode === "DELETE" || namesCurrency(context)) return [];
  const names = amounts.map(({ attribute }) => attribute.logicalName).join(", ");
  const base =
    table.currency === undefined
      ? "in the environment's base currency, which could not be read"
      : `in ${table.currency.code}, the environment's base currency`;
  const rows = request.mode === "INSERT" ? "" : " for rows that have no currency yet";
  return [`No input column gives ${currencyColumn}: the amounts in ${names} are taken to be ${base}${rows}.`];
}
