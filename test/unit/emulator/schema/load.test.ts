import { describe, expect, it } from "vitest";
import { parseTables } from "../../../emulator/schema/load.ts";
import { ask, emulatorWith } from "../support.ts";

describe("a schema file", () => {
  it("adds keys to built-in tables and keeps their columns", () => {
    const account = parseTables("tables: {account: {keys: {k: [accountnumber]}}}").find(
      ({ name }) => name === "account",
    );
    expect(account?.keys.map((key) => key.columns.map(({ name }) => name))).toEqual([["accountnumber"]]);
    expect(account?.byName.get("name")?.maxLength).toBe(160);
  });

  it("names navigation properties by schema name, with the table where there are several", () => {
    const tables = parseTables(
      "tables: {new_a: {columns: {new_x: {type: lookup, schema_name: new_X, targets: [account]}, new_y: {type: lookup, schema_name: new_Y, targets: [account, contact]}}}}",
    );
    const navigations = tables.find(({ name }) => name === "new_a")?.navigations;
    expect([...(navigations?.keys() ?? [])]).toEqual(
      expect.arrayContaining(["new_X", "new_Y_account", "new_Y_contact"]),
    );
  });

  it.each([
    ["tables: {new_a: {colums: {}}}", "new_a has the unknown field colums"],
    ["tables: {new_a: {columns: {new_x: {type: text, lenght: 5}}}}", "new_a.new_x has the unknown field lenght"],
    ["tables: {new_a: {columns: {new_x: {max_length: 5}}}}", "new_a.new_x has no type"],
    ["tables: {new_a: {columns: {new_x: {type: string}}}}", "new_a.new_x has the unknown type string"],
    ["tables: {new_a: {columns: {new_x: {type: lookup, targets: [nothing]}}}}", "points to the unknown table nothing"],
    ["tables: {account: {keys: {k: [nothing]}}}", "the key k of account names the unknown column nothing"],
    ["tables: []", "tables must be a mapping of names"],
    ["tables: {", "Flow map"],
  ])("is refused with a sentence: %s", (yaml, sentence) => {
    expect(() => parseTables(yaml)).toThrow(sentence);
  });
});

describe("an environment", () => {
  it("is born with users, a business unit and a currency, which nobody wrote", async () => {
    const emulator = emulatorWith({ principals: 3 });
    expect(emulator.rows("systemuser")).toHaveLength(3);
    expect(emulator.rows("transactioncurrency")).toMatchObject([{ isocurrencycode: "USD", exchangerate: "1" }]);
    expect([...emulator.ledger.effects]).toEqual([]);
    await ask(emulator, "POST accounts", {});
    expect(emulator.rows("account")[0]?.["ownerid"]).toMatchObject({ table: "systemuser" });
  });
});
