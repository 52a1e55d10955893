import { describe, expect, it } from "vitest";
import { isNeeded, readTable, tableQueries } from "../../../../server/dataverse/metadata/tables.ts";

const base = {
  LogicalName: "new_widget",
  EntitySetName: "new_widgets",
  PrimaryIdAttribute: "new_widgetid",
  PrimaryNameAttribute: "new_name",
  TableType: "Standard",
  Attributes: [
    { LogicalName: "new_name", AttributeTypeName: { Value: "StringType" }, IsValidForCreate: true },
    { LogicalName: "new_region", AttributeTypeName: { Value: "LookupType" } },
  ],
  Keys: [
    { LogicalName: "new_key", KeyAttributes: ["new_name"], EntityKeyIndexStatus: "Active" },
    { LogicalName: "new_slow", KeyAttributes: ["new_name", "new_region"], EntityKeyIndexStatus: "Pending" },
  ],
  ManyToOneRelationships: [
    {
      ReferencingAttribute: "new_region",
      ReferencedEntity: "new_region",
      ReferencingEntityNavigationPropertyName: "new_Region",
    },
  ],
};

function parts(more: Record<string, unknown> = {}): ReadonlyMap<string, unknown> {
  return new Map(Object.entries({ table: base, ...more }));
}

describe("tableQueries", () => {
  it("asks for the definition and for each type's own limits", () => {
    const queries = tableQueries("new_widget");
    expect(queries.map((query) => query.part)).toEqual(
      "table String Memo Integer BigInt Decimal Double Money DateTime Picklist State Status Boolean Lookup MultiSelectPicklist Image File currency intersect CreateMultiple UpdateMultiple".split(
        " ",
      ),
    );
    expect(queries[0]?.path).toMatch(/^EntityDefinitions\(LogicalName='new_widget'\)\?\$select=LogicalName,/);
    expect(queries[1]?.path).toBe(
      "EntityDefinitions(LogicalName='new_widget')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata" +
        "?$select=LogicalName,MaxLength,AutoNumberFormat",
    );
  });

  it("can do without what the service checks alone, should it not be told", () => {
    const optional = tableQueries("new_widget").filter((query) => query.optional === true);
    const names = ["MultiSelectPicklist", "Image", "File", "currency", "CreateMultiple", "UpdateMultiple"];
    expect(optional.map(({ part }) => part)).toEqual(names);
  });

  it("asks by paths that need no more encoding", () => {
    for (const { path } of tableQueries("new_widget")) expect(path).toMatch(/^[!-~]+$/);
  });

  it.each(["", "a'b", "a/b", "a)?x=(", "naïve", "x".repeat(129)])("refuses %j as a table's name", (name) => {
    expect(() => tableQueries(name)).toThrow(expect.objectContaining({ code: "unknown_table" }));
  });
});

describe("isNeeded", () => {
  const needed = (type: string): readonly string[] => {
    const one = { ...base, Attributes: [{ LogicalName: "x", AttributeTypeName: { Value: type } }] };
    return tableQueries("new_widget")
      .filter((query) => isNeeded(query, one))
      .map((query) => query.part);
  };

  it.each([
    ["StringType", ["String"]],
    ["MoneyType", ["Money", "currency"]],
    ["OwnerType", ["Lookup"]],
    ["PartyListType", ["Lookup"]],
    ["VirtualType", []],
  ])("asks about %s only where the table has one", (type, expected) => {
    expect(needed(type)).toEqual(["table", ...expected, "CreateMultiple", "UpdateMultiple"]);
  });

  it("knows the older name of a type", () => {
    const [, strings] = tableQueries("new_widget");
    expect(strings !== undefined && isNeeded(strings, { Attributes: [{ AttributeType: "String" }] })).toBe(true);
  });
});

describe("readTable", () => {
  it("reads names, keys and navigation properties", () => {
    const table = readTable(parts({ String: { value: [{ LogicalName: "new_name", MaxLength: 100 }] } }));
    expect(table).toMatchObject({
      logicalName: "new_widget",
      entitySetName: "new_widgets",
      primaryId: "new_widgetid",
      primaryName: "new_name",
      tableType: "Standard",
    });
    expect(table.keys).toEqual([
      { logicalName: "new_key", attributes: ["new_name"], active: true, indexStatus: "Active" },
      { logicalName: "new_slow", attributes: ["new_name", "new_region"], active: false, indexStatus: "Pending" },
    ]);
    expect(table.navigation.get("new_region")?.get("new_region")).toBe("new_Region");
    expect(table.attributes.get("new_name")?.maxLength).toBe(100);
  });

  it("knows the environment's base currency where it was read", () => {
    const currency = { value: [{ basecurrencyid: { isocurrencycode: "EUR", currencyprecision: 2 } }] };
    expect(readTable(parts({ currency })).currency?.code).toBe("EUR");
    expect(readTable(parts())).not.toHaveProperty("currency");
  });

  it("takes upserts in bulk where both halves of them are", () => {
    const found = { value: [{ sdkmessagefilterid: "1" }] };
    const messagesOf = (more: Record<string, unknown>): readonly string[] => [...readTable(parts(more)).messages];
    expect(messagesOf({ CreateMultiple: found, UpdateMultiple: { value: [] } })).toEqual(["CreateMultiple"]);
    const both = ["CreateMultiple", "UpdateMultiple"];
    expect(messagesOf(Object.fromEntries(both.map((name) => [name, found])))).toEqual([...both, "UpsertMultiple"]);
  });

  it("does without the optional parts", () => {
    const { Keys: _keys, ManyToOneRelationships: _relationships, PrimaryNameAttribute: _name, ...bare } = base;
    const table = readTable(new Map([["table", bare]]));
    expect(table.keys).toEqual([]);
    expect(table.primaryName).toBeUndefined();
    expect(table.attributes.size).toBe(2);
  });

  it("leaves out a relationship that says too little, or whose property would break out of its JSON name", () => {
    const [whole] = base.ManyToOneRelationships;
    const named = (property: unknown): unknown => ({ ...whole, ReferencingEntityNavigationPropertyName: property });
    const ManyToOneRelationships = [
      named(undefined),
      named('x":1,"y'),
      { ...whole, ReferencingAttribute: null },
      { ...whole, ReferencedEntity: 7 },
    ];
    expect(readTable(parts({ table: { ...base, ManyToOneRelationships } })).navigation.size).toBe(0);
  });

  it("takes a key of unknown state for one that cannot be used", () => {
    const table = readTable(parts({ table: { ...base, Keys: [{ KeyAttributes: ["new_name"] }] } }));
    expect(table.keys).toEqual([{ logicalName: "?", attributes: ["new_name"], active: false, indexStatus: "unknown" }]);
  });

  it("takes a table of unnamed type for a standard one", () => {
    expect(readTable(parts({ table: { ...base, TableType: null } })).tableType).toBe("Standard");
  });

  it.each(["EntitySetName", "PrimaryIdAttribute", "LogicalName"])("refuses a table without %s", (property) => {
    const table = { ...base, [property]: undefined };
    expect(() => readTable(new Map([["table", table]]))).toThrow(`with no ${property}`);
  });

  it("refuses an entity set name that would break out of a request line", () => {
    const table = { ...base, EntitySetName: "accounts HTTP/1.1\r\nX: y" };
    expect(() => readTable(new Map([["table", table]]))).toThrow("with an unusable EntitySetName");
  });
});
