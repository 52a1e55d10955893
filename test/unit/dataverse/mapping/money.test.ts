import { describe, expect, it } from "vitest";
import type { Currency } from "../../../../server/dataverse/metadata/currency.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { columnOf, decimal, utf8 } from "../../../support/dataverse/columns.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, encodeRow, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const yen: Currency = { code: "JPY", precision: 0, pricingPrecision: 2 };

function scene(mode: PublishRequest["mode"], source: number | undefined, currency: Currency | undefined = yen): Scene {
  const precisionSource = source === undefined ? {} : { precisionSource: source };
  const price = attribute("price", "money", { precision: 4, ...precisionSource });
  const table = tableOf([price, attribute("transactioncurrencyid", "guid")], { ...(currency && { currency }) });
  const key = mode === "INSERT" ? [] : [columnOf("accountid", utf8, [ID])];
  return {
    columns: [...key, columnOf("price", decimal(128, 4), [1_2345n])],
    table,
    request: { mode, matchOn: mode === "INSERT" ? [] : ["accountid"] },
  };
}

function sent(of: Scene): string {
  const encoded = encodeRow(of);
  return typeof encoded === "string" ? (/"price":([^,}]*)/.exec(encoded)?.[1] ?? "") : encoded.message;
}

const tooPrecise = (digits: number): string =>
  `The value for price is a number with more than its ${digits} digits after the point.`;

describe("digits of money", () => {
  it("are the attribute's own", () => {
    expect(sent(scene("INSERT", 0))).toBe("1.2345");
    expect(sent(scene("INSERT", undefined))).toBe("1.2345");
  });

  it("are the organization's for prices", () => {
    expect(sent(scene("UPSERT", 1))).toBe(tooPrecise(2));
  });

  it("are the base currency's in new rows that name none", () => {
    expect(sent(scene("INSERT", 2))).toBe(tooPrecise(0));
  });

  it("are those that the service stores where the row's currency may be another", () => {
    expect(sent(scene("UPSERT", 2))).toBe("1.2345");
    const named = scene("INSERT", 2);
    const columns = [...named.columns, columnOf("transactioncurrencyid", utf8, [ID])];
    expect(sent({ ...named, columns })).toBe("1.2345");
  });

  it("are those that the service stores where the currency could not be read", () => {
    const unread = {
      ...scene("INSERT", 2),
      table: tableOf([attribute("price", "money", { precision: 4, precisionSource: 2 })]),
    };
    expect(sent(unread)).toBe("1.2345");
    const price = attribute("price", "money", { precision: 4, precisionSource: 1 });
    expect(sent({ ...unread, table: tableOf([price]) })).toBe("1.2345");
  });
});

describe("a warning names the currency that is assumed", () => {
  it("for new rows", () => {
    expect(mappingOf(scene("INSERT", 0)).warnings).toEqual([
      "No input column gives transactioncurrencyid: the amounts in price are taken to be in JPY, the environment's base currency.",
    ]);
  });

  it("for rows that may be there", () => {
    expect(mappingOf(scene("UPSERT", 0)).warnings.join()).toContain("for rows that have no currency yet");
  });

  it("or says that it could not be read", () => {
    const unread = { ...scene("INSERT", 0), table: tableOf([attribute("price", "money")]) };
    expect(mappingOf(unread).warnings.join()).toContain("base currency, which could not be read");
  });

  it("but not where a column gives it, nothing is money, or nothing is sent", () => {
    const named = scene("INSERT", 0);
    const columns = [...named.columns, columnOf("transactioncurrencyid", utf8, [ID])];
    expect(mappingOf({ ...named, columns }).warnings).toEqual([]);
    expect(
      mappingOf({ columns: [columnOf("name", utf8, ["a"])], table: tableOf([attribute("name", "text")]) }).warnings,
    ).toEqual([]);
    expect(mappingOf(scene("DELETE", 0)).warnings).toEqual([]);
  });
});
