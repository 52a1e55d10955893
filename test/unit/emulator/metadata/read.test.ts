import { describe, expect, it } from "vitest";
import { ask, codeOf, emulatorWith } from "../support.ts";

type Objects = readonly Readonly<Record<string, unknown>>[];

async function read(path: string): Promise<Readonly<Record<string, unknown>>> {
  const reply = await ask(emulatorWith(), `GET ${path}`);
  expect(reply.status).toBe(200);
  return JSON.parse(reply.body) as Readonly<Record<string, unknown>>;
}

const thing = "EntityDefinitions(LogicalName='new_thing')";

describe("EntityDefinitions", () => {
  it("describes a table with attributes, keys and relationships in one answer", async () => {
    const table = await read(
      `${thing}?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$expand=Attributes($select=LogicalName,AttributeType,IsValidForCreate),Keys($select=KeyAttributes,EntityKeyIndexStatus),ManyToOneRelationships($select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName)`,
    );
    expect(table).toMatchObject({
      LogicalName: "new_thing",
      EntitySetName: "new_things",
      PrimaryIdAttribute: "new_thingid",
    });
    expect(table).not.toHaveProperty("SchemaName");
    expect(table["Attributes"]).toContainEqual(
      expect.objectContaining({ LogicalName: "new_readonly", AttributeType: "String", IsValidForCreate: false }),
    );
    expect(table["Keys"]).toContainEqual(
      expect.objectContaining({ KeyAttributes: ["new_number"], EntityKeyIndexStatus: "Active" }),
    );
    expect(table["ManyToOneRelationships"]).toContainEqual(
      expect.objectContaining({
        ReferencingAttribute: "new_account",
        ReferencedEntity: "account",
        ReferencingEntityNavigationPropertyName: "new_Account",
      }),
    );
  });

  it.each([
    ["StringAttributeMetadata", "new_name", { MaxLength: 10 }],
    ["MemoAttributeMetadata", "new_note", { MaxLength: 20 }],
    ["IntegerAttributeMetadata", "new_whole", { MinValue: 0, MaxValue: 100 }],
    ["DecimalAttributeMetadata", "new_exact", { MinValue: -1000, Precision: 4 }],
    ["MoneyAttributeMetadata", "new_price", { Precision: 2, PrecisionSource: 0 }],
    ["DoubleAttributeMetadata", "new_rough", { Precision: 5 }],
    ["DateTimeAttributeMetadata", "new_day", { DateTimeBehavior: { Value: "DateOnly" } }],
    ["LookupAttributeMetadata", "new_account", { Targets: ["account"] }],
  ])("shows what only the cast %s exposes", async (cast, column, properties) => {
    const { value } = await read(`${thing}/Attributes/Microsoft.Dynamics.CRM.${cast}`);
    const shown = (value as Objects).find((object) => object["LogicalName"] === column);
    expect(shown).toMatchObject(properties);
  });

  it("shows 64-bit bounds digit by digit", async () => {
    const reply = await ask(
      emulatorWith(),
      `GET ${thing}/Attributes/Microsoft.Dynamics.CRM.BigIntAttributeMetadata?$select=MaxValue`,
    );
    expect(reply.body).toContain('"MaxValue":9223372036854775807');
  });

  it("shows choices only where they are expanded", async () => {
    const path = `${thing}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName`;
    expect(JSON.stringify(await read(path))).not.toContain("Options");
    const { value } = await read(`${path}&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)`);
    const [color] = value as Objects;
    expect(color).toMatchObject({
      LogicalName: "new_color",
      OptionSet: { Options: [{ Value: 1, Label: { UserLocalizedLabel: { Label: "Red" } } }, { Value: 2 }] },
      GlobalOptionSet: null,
    });
  });

  it("has no cast property on plain attributes", async () => {
    const reply = await ask(emulatorWith(), `GET ${thing}/Attributes?$select=LogicalName,MaxLength`);
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(
      "Could not find a property named 'MaxLength' on type 'Microsoft.Dynamics.CRM.AttributeMetadata'.",
    );
  });

  it("is listed and filtered", async () => {
    const { value } = await read("EntityDefinitions?%24select=EntitySetName&%24filter=LogicalName+eq+'account'");
    expect(value).toMatchObject([{ EntitySetName: "accounts" }]);
    const all = (await read("EntityDefinitions?$select=LogicalName"))["value"] as Objects;
    expect(all.map((object) => object["LogicalName"])).toEqual(expect.arrayContaining(["account", "new_thing"]));
  });

  it("filters attributes by qualified enumeration members", async () => {
    const { value } = await read(
      `${thing}/Attributes?$select=LogicalName&$filter=${encodeURIComponent("AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Money'")}`,
    );
    expect((value as Objects).map((object) => object["LogicalName"])).toEqual(["new_price_base", "new_price"]);
  });

  it("shows one attribute", async () => {
    const path = `${thing}/Attributes(LogicalName='new_name')/Microsoft.Dynamics.CRM.StringAttributeMetadata`;
    expect(await read(path)).toMatchObject({ LogicalName: "new_name", MaxLength: 10 });
  });

  it.each(["EntityDefinitions(LogicalName='nothing')", `${thing}/Attributes(LogicalName='nothing')`])(
    "is 404 for %s",
    async (path) => {
      expect((await ask(emulatorWith(), `GET ${path}`)).status).toBe(404);
    },
  );

  it("refuses a malformed escape", async () => {
    const reply = await ask(emulatorWith(), "GET EntityDefinitions(LogicalName='%zz')");
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x8006088a"]);
  });
});

describe("built-in tables", () => {
  it("have no alternate key", async () => {
    const { value } = await read("EntityDefinitions(LogicalName='team')/Keys");
    expect(value).toEqual([]);
  });

  it("know the facts of account", async () => {
    const money = await read(
      "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.MoneyAttributeMetadata",
    );
    const limit = (money["value"] as Objects).find((object) => object["LogicalName"] === "creditlimit");
    expect(limit).toMatchObject({ MinValue: 0, Precision: 2, PrecisionSource: 2 });
    const text = await read(
      "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata",
    );
    const lengths = Object.fromEntries(
      (text["value"] as Objects).map((object) => [object["LogicalName"], object["MaxLength"]]),
    );
    expect(lengths).toMatchObject({ name: 160, accountnumber: 20 });
  });
});

describe("WhoAmI", () => {
  it("names the principal's user, who is a row", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "GET WhoAmI()");
    const { UserId } = JSON.parse(reply.body) as { UserId: string };
    expect((await ask(emulator, `GET systemusers(${UserId})`)).status).toBe(200);
  });
});
