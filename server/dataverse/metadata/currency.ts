/** Money says nothing without a currency: which one the environment takes where a row names none, and how many digits it has. */
import { arrayOf, fieldOf, numberOf, textOf } from "../text/json.ts";

export interface Currency {
  /** The environment's base currency, e.g. `EUR`. */
  readonly code: string;
  /** Digits after the point of amounts in it; undefined: not told. */
  readonly precision: number | undefined;
  /** Digits after the point of prices, in any currency. */
  readonly pricingPrecision: number | undefined;
}

/** Needs the right to read organizations and currencies, which an application user may lack. */
export const currencyQuery = {
  part: "currency",
  optional: true,
  types: ["MoneyType"],
  path:
    "organizations?$select=pricingdecimalprecision" +
    "&$expand=basecurrencyid($select=isocurrencycode,currencyprecision)",
} as const;

/** @param reply parsed, to `currencyQuery`. */
export function readCurrency(reply: unknown): Currency | undefined {
  const [organization] = arrayOf(reply, "value");
  const base = fieldOf(organization, "basecurrencyid");
  const code = textOf(base, "isocurrencycode");
  // It goes into warnings: nothing but the letters of ISO 4217.
  if (code === undefined || !/^[A-Z]{3}$/i.test(code)) return undefined;
  return {
    code,
    precision: numberOf(base, "currencyprecision"),
    pricingPrecision: numberOf(organization, "pricingdecimalprecision"),
  };
}
