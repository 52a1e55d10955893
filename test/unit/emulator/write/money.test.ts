import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, guid } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const [id, yen, gold] = [guid(1), guid(2), guid(3)];
const bind = (currency: string): object => ({
  "transactioncurrencyid@odata.bind": `/transactioncurrencies(${currency})`,
});

async function withCurrencies(): Promise<Emulator> {
  const emulator = environment();
  const currency = (transactioncurrencyid: string, exchangerate: number, currencyprecision: number) =>
    ask(emulator, "POST transactioncurrencies", {
      transactioncurrencyid,
      exchangerate,
      currencyprecision,
      currencyname: "c",
      isocurrencycode: "CCC",
      currencysymbol: "c",
    });
  await currency(yen, 150, 0);
  await currency(gold, 0.0000000001, 4);
  return emulator;
}

describe("money", () => {
  it("stands in the organization's currency where the row names none", async () => {
    const emulator = await withCurrencies();
    await ask(emulator, "POST new_things", { new_thingid: id, new_price: 1.25 });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({
      transactioncurrencyid: { table: "transactioncurrency", id: "0a000000-0000-4000-8000-000000000003" },
      exchangerate: "1",
      new_price: "1.25",
      new_price_base: "1.25",
    });
  });

  it("leaves a row without amounts without a currency", async () => {
    const emulator = await withCurrencies();
    await ask(emulator, "POST new_things", { new_thingid: id });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ transactioncurrencyid: null, exchangerate: null });
  });

  it("is divided by the rate for the organization, whatever the order of the properties", async () => {
    const emulator = await withCurrencies();
    await ask(emulator, "POST new_things", { new_thingid: id, new_price: 100, ...bind(yen) });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ exchangerate: "150", new_price_base: "0.6667" });
    await ask(emulator, `PATCH new_things(${id})`, { new_price: -100 });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ new_price: "-100", new_price_base: "-0.6667" });
    await ask(emulator, `PATCH new_things(${id})`, { new_price: null });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ new_price: null, new_price_base: null });
  });

  it.each([
    ["two digits in dollars", { new_price: 1.25 }, "204"],
    ["three digits in dollars", { new_price: 1.255 }, "400 0x80044330"],
    ["a digit in yen", { new_price: 1.5, ...bind(yen) }, "400 0x80044330"],
    ["none in yen", { new_price: 1, ...bind(yen) }, "204"],
    ["three digits where the column says so, in yen", { new_own: 1.255, ...bind(yen) }, "204"],
    ["four digits where the column says three", { new_own: 1.2555 }, "400 0x80044330"],
    ["two digits where the organization says so", { new_org: 1.25, ...bind(yen) }, "204"],
    ["three digits where the organization says two", { new_org: 1.255 }, "400 0x80044330"],
    ["a cleared currency", { new_price: 1, "transactioncurrencyid@odata.bind": null }, "400 0x80048cfb"],
    ["a base amount too large", { new_price: 1_000_000, ...bind(gold) }, "400 0x80048cec"],
    ["a base amount too small", { new_price: -1_000_000, ...bind(gold) }, "400 0x80048ceb"],
    ["an amount out of its column's range", { new_price: 1_000_001 }, "400 0x80044330"],
    ["a currency that is not there", { new_price: 1, ...bind(guid(9)) }, "404 0x80040217"],
  ])("takes or refuses %s", async (_what, body, expected) => {
    expect(outcome(await ask(await withCurrencies(), "POST new_things", body))).toBe(expected);
  });

  it("is rounded by its currency where the setting rounds", async () => {
    const emulator = environment({ excessDigits: "round" });
    await ask(emulator, "POST new_things", { new_thingid: id, new_price: 1.255, new_own: 1.2555 });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ new_price: "1.26", new_own: "1.256" });
  });

  it("in the base currency is not written", async () => {
    const emulator = await withCurrencies();
    await ask(emulator, "POST new_things", { new_thingid: id, new_price: 1, new_price_base: 7, exchangerate: 3 });
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ new_price_base: "1", exchangerate: "1" });
  });
});
