import type { DynamicsWebApi } from "dynamics-web-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "./client.ts";
import { rejection, startEnvironment } from "./client.ts";

let environment: Environment;
let client: DynamicsWebApi;

beforeAll(async () => {
  environment = await startEnvironment();
  client = environment.connect();
});
afterAll(() => environment.emulator.end());

const label = (text: string): object => ({
  "@odata.type": "Microsoft.Dynamics.CRM.Label",
  LocalizedLabels: [{ "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", Label: text, LanguageCode: 1033 }],
});
const typed = (kind: string, SchemaName: string, more: object = {}): object => ({
  "@odata.type": `Microsoft.Dynamics.CRM.${kind}Metadata`,
  SchemaName,
  DisplayName: label(SchemaName),
  ...more,
});
const string = (SchemaName: string, more: object = {}): object =>
  typed("StringAttribute", SchemaName, {
    MaxLength: 50,
    RequiredLevel: { Value: "None" },
    FormatName: { Value: "Text" },
    ...more,
  });

describe("what is there", () => {
  it("tables, by name and by filter, with their columns", async () => {
    const { value } = await client.retrieveEntities({
      select: ["LogicalName", "EntitySetName"],
      filter: "LogicalName eq 'account'",
    });
    expect(value).toMatchObject([{ LogicalName: "account", EntitySetName: "accounts" }]);
    const account = await client.retrieveEntity({
      key: "LogicalName='account'",
      select: ["LogicalName"],
      expand: [
        { property: "Attributes", select: ["LogicalName"], filter: "LogicalName eq 'name'" },
        { property: "Keys" },
      ],
    });
    expect(account).toMatchObject({
      Attributes: [{ LogicalName: "name" }],
      Keys: [{ KeyAttributes: ["accountnumber"] }],
    });
  });

  it("columns, with the properties of their type", async () => {
    const entityKey = "LogicalName='account'";
    const castType = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata";
    const { value } = await client.retrieveAttributes({
      entityKey,
      castType,
      select: ["LogicalName"],
      expand: [{ property: "OptionSet", select: ["Options"] }],
    });
    expect(value.find(({ LogicalName }) => LogicalName === "customertypecode")?.OptionSet.Options).toHaveLength(3);
    const name = await client.retrieveAttribute({
      entityKey,
      attributeKey: "LogicalName='name'",
      castType: "Microsoft.Dynamics.CRM.StringAttributeMetadata",
      select: ["MaxLength"],
    });
    expect(name.MaxLength).toBe(160);
  });

  it("relationships", async () => {
    const castType = "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata";
    const filter = "SchemaName eq 'account_primary_contact'";
    const { value } = await client.retrieveRelationships({ castType, filter });
    expect(value).toMatchObject([{ ReferencedEntity: "contact", ReferencingEntity: "account" }]);
  });

  it("everything as CSDL", async () => {
    const csdl = await client.retrieveCsdlMetadata({ addAnnotations: true });
    expect(csdl).toContain('<EntityType Name="account"');
    expect(csdl).toContain("OData.Community.Keys.V1.AlternateKeys");
  });
});

describe("what is made", () => {
  it("a table, its columns and relationships", async () => {
    const id = await client.createEntity({
      data: {
        ...typed("Entity", "new_Crate"),
        DisplayCollectionName: label("Crates"),
        OwnershipType: "UserOwned",
        HasActivities: false,
        HasNotes: false,
        Attributes: [string("new_Name", { IsPrimaryName: true })],
      },
    });
    const crate = await client.retrieveEntity({ key: id });
    expect(crate).toMatchObject({ LogicalName: "new_crate", EntitySetName: "new_crates" });
    await client.updateEntity({ data: { ...crate, DisplayName: label("Box") }, mergeLabels: true });
    const code = await client.createAttribute({ entityKey: id, data: string("new_Code") });
    const column = await client.retrieveAttribute({ entityKey: id, attributeKey: code });
    await client.updateAttribute({
      entityKey: id,
      data: { ...column, MaxLength: 5 },
      castType: "Microsoft.Dynamics.CRM.StringAttributeMetadata",
    });
    const relationship = await client.createRelationship({
      data: {
        "@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
        SchemaName: "new_account_crate",
        ReferencedEntity: "account",
        ReferencedAttribute: "accountid",
        ReferencingEntity: "new_crate",
        Lookup: typed("LookupAttribute", "new_AccountId"),
      },
    });
    expect(await client.retrieveRelationship({ key: relationship })).toMatchObject({ SchemaName: "new_account_crate" });
    const long = { collection: "new_crates", data: { new_code: "123456" } };
    expect(await rejection(client.create(long))).toMatchObject({ code: "0x80044331" });
    expect(await client.retrieveEntity({ key: id, select: ["DisplayName"] })).toMatchObject({
      DisplayName: { UserLocalizedLabel: { Label: "Box" } },
    });
    await client.deleteRelationship({ key: relationship });
    await client.deleteRecord({ collection: "EntityDefinitions", key: id });
    expect(await rejection(client.retrieveEntity({ key: "LogicalName='new_crate'" }))).toMatchObject({ status: 404 });
  });

  it("a choice for many columns", async () => {
    const option = (Value: number, text: string): object => ({ Value, Label: label(text) });
    const key = await client.createGlobalOptionSet({
      data: {
        "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata",
        Name: "new_sizes",
        DisplayName: label("Sizes"),
        OptionSetType: "Picklist",
        IsGlobal: true,
        Options: [option(1, "Small"), option(2, "Large")],
      },
    });
    const castType = "Microsoft.Dynamics.CRM.OptionSetMetadata";
    expect((await client.retrieveGlobalOptionSet({ key, castType })).Options).toHaveLength(2);
    const { value } = await client.retrieveGlobalOptionSets({ castType, select: ["Name"] });
    expect(value.map(({ Name }) => Name)).toContain("new_sizes");
    await client.deleteGlobalOptionSet({ key });
    expect(await rejection(client.retrieveGlobalOptionSet({ key: "Name='new_sizes'" }))).toMatchObject({ status: 404 });
  });
});
