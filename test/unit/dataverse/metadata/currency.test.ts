import { describe, expect, it } from "vitest";
import { currencyQuery, readCurrency } from "../../../../server/dataverse/metadata/currency.ts";

const euro = { isocurrencycode: "EUR", currencyprecision: 2 };

function read(organization: unknown): unknown {
  return readCurrency({ value: [organization] });
}

describe("the environment's base currency", () => {
  it("is read with its digits and those of prices", () => {
    expect(read({ pricingdecimalprecision: 3, basecurrencyid: euro })).toEqual({
      code: "EUR",
      precision: 2,
      pricingPrecision: 3,
    });
  });

  it("may not tell its digits", () => {
    expect(read({ basecurrencyid: { isocurrencycode: "EUR" } })).toMatchObject({ code: "EUR", precision: undefined });
  });

  it.each([undefined, null, {}, { basecurrencyid: null }, { basecurrencyid: { isocurrencycode: "EUR\n" } }])(
    "is not known from %j",
    (organization) => {
      expect(read(organization)).toBeUndefined();
    },
  );

  it("is asked for by a path that needs no more encoding, and may be refused", () => {
    expect(currencyQuery.path).toMatch(/^[!-~]+$/);
    expect(currencyQuery.optional).toBe(true);
  });
});
