import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith } from "../support.ts";
import { attribute, choice, label } from "./bodies.ts";

const thing = "EntityDefinitions(LogicalName='new_thing')";

async function shown(emulator: Emulator, name: string, cast: string, query = ""): Promise<unknown> {
  const path = `${thing}/Attributes(LogicalName='${name}')/Microsoft.Dynamics.CRM.${cast}AttributeMetadata${query}`;
  const reply = await ask(emulator, `GET ${path}`);
  expect(reply.status).toBe(200);
  return JSON.parse(reply.body);
}

const yesNo = { TrueOption: { Value: 1, Label: label("Yes!") }, FalseOption: { Value: 0, Label: label("No!") } };

describe("a column made through the API", () => {
  it.each([
    ["String", { MaxLength: 7, FormatName: { Value: "Email" } }, { MaxLength: 7, FormatName: { Value: "Email" } }],
    ["Memo", { MaxLength: 4000, ImeMode: "Auto" }, { MaxLength: 4000 }],
    ["Integer", { MinValue: -5, MaxValue: 5, Format: "None" }, { MinValue: -5, MaxValue: 5 }],
    ["Integer", { Format: "Duration" }, { Format: "Duration" }],
    ["BigInt", {}, { AttributeType: "BigInt" }],
    ["Decimal", { MinValue: -100000000000.0, MaxValue: 100000000000.0, Precision: 3 }, { Precision: 3 }],
    ["Double", { Precision: 5 }, { Precision: 5 }],
    ["Money", { PrecisionSource: 2 }, { PrecisionSource: 2 }],
    ["Boolean", { OptionSet: yesNo, DefaultValue: true }, { DefaultValue: true }],
    [
      "DateTime",
      { Format: "DateOnly", ImeMode: "Inactive" },
      { Format: "DateOnly", DateTimeBehavior: { Value: "UserLocal" } },
    ],
    ["DateTime", { DateTimeBehavior: { Value: "DateOnly" } }, { DateTimeBehavior: { Value: "DateOnly" } }],
    ["Picklist", { OptionSet: { IsGlobal: false, Options: [{ Value: 3, Label: label("C") }] } }, {}],
    ["MultiSelectPicklist", { OptionSet: { Options: [{ Label: label("C") }] } }, { AttributeType: "Virtual" }],
    ["File", {}, { MaxSizeInKB: 32_768 }],
    ["Image", { MaxSizeInKB: 1024 }, { MaxSizeInKB: 1024 }],
  ])("can be a %s: %j", async (kind, given, expected) => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, `POST ${thing}/Attributes`, attribute(kind, "new_Fresh", given));
    expect(reply.status).toBe(204);
    expect(reply.headers["odata-entityid"]).toMatch(/EntityDefinitions\([0-9a-f-]{36}\)\/Attributes\([0-9a-f-]{36}\)$/);
    expect(await shown(emulator, "new_fresh", kind)).toMatchObject({ SchemaName: "new_Fresh", ...expected });
    expect((await ask(emulator, "GET new_things?$top=1&$select=new_fresh")).status).toBe(200);
  });

  it("leaves the values of rows that are there as they are", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_things", { new_name: "a", new_whole: 5 });
    await ask(emulator, `POST ${thing}/Attributes`, attribute("Integer", "new_Fresh"));
    const { value } = JSON.parse((await ask(emulator, "GET new_things?$select=new_name,new_whole,new_fresh")).body);
    expect(value).toMatchObject([{ new_name: "a", new_whole: 5, new_fresh: null }]);
  });

  it("does not bring back what a deleted column held", async () => {
    const emulator = emulatorWith();
    await ask(emulator, `POST ${thing}/Attributes`, attribute("Integer", "new_Old"));
    await ask(emulator, "POST new_things", { new_old: 5 });
    expect((await ask(emulator, `DELETE ${thing}/Attributes(LogicalName='new_old')`)).status).toBe(204);
    await ask(emulator, `POST ${thing}/Attributes`, attribute("Integer", "new_Fresh"));
    const { value } = JSON.parse((await ask(emulator, "GET new_things?$select=new_fresh")).body);
    expect(value).toMatchObject([{ new_fresh: null }]);
  });

  it("brings currency and base amount along if it is the first for money", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST EntityDefinitions(LogicalName='team')/Attributes", attribute("Money", "new_Budget"));
    const path = "EntityDefinitions(LogicalName='team')/Attributes?$select=LogicalName";
    const names = JSON.parse((await ask(emulator, `GET ${path}`)).body).value.map(
      (one: { LogicalName: string }) => one.LogicalName,
    );
    expect(names).toEqual(
      expect.arrayContaining(["new_budget", "new_budget_base", "exchangerate", "transactioncurrencyid"]),
    );
  });

  it("shares the options of a global choice, also those added later", async () => {
    const emulator = emulatorWith();
    const made = await ask(emulator, "POST GlobalOptionSetDefinitions", choice("new_prio", ["Low", "High"]));
    const bind = { "GlobalOptionSet@odata.bind": `/${made.headers["odata-entityid"]?.split("/v9.2/")[1]}` };
    expect((await ask(emulator, `POST ${thing}/Attributes`, attribute("Picklist", "new_Prio", bind))).status).toBe(204);
    await ask(emulator, "POST InsertOptionValue", { OptionSetName: "new_prio", Label: label("Top") });
    const query = "?$select=LogicalName&$expand=OptionSet($select=Name),GlobalOptionSet($select=Options)";
    expect(await shown(emulator, "new_prio", "Picklist", query)).toMatchObject({
      OptionSet: { Name: "new_prio" },
      GlobalOptionSet: { Options: [{ Value: 100_000_000 }, { Value: 100_000_001 }, { Value: 100_000_002 }] },
    });
    expect((await ask(emulator, "POST new_things", { new_prio: 100_000_002 })).status).toBe(204);
    expect(codeOf(await ask(emulator, "DELETE GlobalOptionSetDefinitions(Name='new_prio')"))).toBe("0x8004f01f");
  });

  it("changes its length by PUT, and keeps its rows", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_things", { new_name: "0123456789" });
    const path = `${thing}/Attributes(LogicalName='new_name')`;
    expect((await ask(emulator, `PUT ${path}`, attribute("String", "new_name", { MaxLength: 300 }))).status).toBe(204);
    expect((await ask(emulator, "POST new_things", { new_name: "x".repeat(300) })).status).toBe(204);
    expect(emulator.rowCount("new_thing")).toBe(2);
    expect(codeOf(await ask(emulator, `PUT ${path}`, attribute("Memo", "new_name")))).toBe("0x80040203");
  });

  it.each([
    ["new_name", "String", { MaxLength: 4001 }],
    ["new_whole", "Integer", { MinValue: 9, MaxValue: 1 }],
    ["new_exact", "Decimal", { Precision: 11 }],
    ["new_price", "Money", { MaxValue: 1e20 }],
  ])("is not changed beyond its type's limits: %s", async (name, kind, given) => {
    const path = `${thing}/Attributes(LogicalName='${name}')`;
    const reply = await ask(emulatorWith(), `PUT ${path}`, attribute(kind, name, given));
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80040203"]);
  });

  it.each([
    ["a name that is taken", attribute("String", "new_Name"), "0x80047013"],
    ["a name without prefix", attribute("String", "Name"), "0x80044366"],
    ["a type that is unknown", attribute("Strng", "new_X"), "0x80048d19"],
    ["no type", { SchemaName: "new_X" }, "0x80048d19"],
    ["a lookup without its relationship", attribute("Lookup", "new_X"), "0x80040203"],
    ["a length beyond the type's", attribute("String", "new_X", { MaxLength: 4001 }), "0x80040203"],
    ["an unknown property", attribute("String", "new_X", { MaxLenght: 4 }), "0x80048d19"],
    ["a text for a number", attribute("String", "new_X", { MaxLength: "4" }), "0x80048d19"],
    [
      "a choice that nobody made",
      attribute("Picklist", "new_X", { OptionSet: { IsGlobal: true, Name: "no" } }),
      "0x80040203",
    ],
    [
      "two options of one value",
      attribute("Picklist", "new_X", { OptionSet: { Options: [{ Value: 1 }, { Value: 1 }] } }),
      "0x80040203",
    ],
  ])("is refused for %s", async (_what, body, code) => {
    const reply = await ask(emulatorWith(), `POST ${thing}/Attributes`, body);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });

  it.each([
    ["new_thingid", "0x80047002"],
    ["new_name", "0x80047002"],
    ["createdon", "0x80047009"],
    ["new_number", "0x8004f01f"],
  ])("cannot be deleted where it is needed: %s", async (name, code) => {
    const reply = await ask(emulatorWith(), `DELETE ${thing}/Attributes(LogicalName='${name}')`);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });
});
