import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith } from "../support.ts";

type Objects = readonly Readonly<Record<string, unknown>>[];

function get(path: string, emulator: Emulator = emulatorWith()): ReturnType<typeof ask> {
  return ask(emulator, `GET ${path.replaceAll(" ", "%20")}`);
}

async function read(path: string, emulator?: Emulator): Promise<Readonly<Record<string, unknown>>> {
  const reply = await get(path, emulator);
  expect(reply.status).toBe(200);
  return JSON.parse(reply.body) as Readonly<Record<string, unknown>>;
}

async function names(path: string): Promise<readonly unknown[]> {
  return ((await read(path))["value"] as Objects).map((one) => one["LogicalName"] ?? one["SchemaName"]);
}

const account = "EntityDefinitions(LogicalName='account')";

describe("a table's definition", () => {
  it("shows everything that a client asks for in one request", async () => {
    const table = await read(
      `${account}?$select=LogicalName,SchemaName,EntitySetName,LogicalCollectionName,PrimaryIdAttribute,PrimaryNameAttribute,TableType,OwnershipType,ChangeTrackingEnabled,ObjectTypeCode,IsActivity,IsOptimisticConcurrencyEnabled&$expand=Attributes($select=LogicalName,SchemaName,AttributeType,AttributeTypeName,IsValidForCreate,IsValidForUpdate,IsValidForRead,RequiredLevel,IsPrimaryId,AttributeOf,IsLogical),Keys($select=LogicalName,SchemaName,KeyAttributes,EntityKeyIndexStatus),ManyToOneRelationships($select=SchemaName,ReferencingAttribute,ReferencedEntity,ReferencedAttribute,ReferencingEntityNavigationPropertyName,ReferencedEntityNavigationPropertyName)`,
    );
    expect(table).toMatchObject({
      LogicalName: "account",
      SchemaName: "Account",
      LogicalCollectionName: "accounts",
      TableType: "Standard",
      OwnershipType: "UserOwned",
      ChangeTrackingEnabled: true,
      ObjectTypeCode: 1,
      IsActivity: false,
      IsOptimisticConcurrencyEnabled: true,
    });
    expect(table["Keys"]).toMatchObject([{ KeyAttributes: ["accountnumber"], EntityKeyIndexStatus: "Active" }]);
    expect(table["ManyToOneRelationships"]).toContainEqual(
      expect.objectContaining({
        SchemaName: "account_primary_contact",
        ReferencingAttribute: "primarycontactid",
        ReferencedEntity: "contact",
        ReferencedAttribute: "contactid",
        ReferencingEntityNavigationPropertyName: "primarycontactid",
        ReferencedEntityNavigationPropertyName: "account_primary_contact",
      }),
    );
    expect(table["Attributes"]).toContainEqual(
      expect.objectContaining({
        LogicalName: "statecode",
        AttributeTypeName: { Value: "StateType" },
        IsValidForCreate: false,
        RequiredLevel: expect.objectContaining({ Value: "SystemRequired", CanBeChanged: true }),
      }),
    );
  });

  it("is found by its id, with and without the name of the key", async () => {
    const { MetadataId } = await read(`${account}?$select=MetadataId`);
    expect(await read(`EntityDefinitions(${String(MetadataId)})`)).toMatchObject({ LogicalName: "account" });
    expect(await read(`EntityDefinitions(MetadataId=${String(MetadataId)})`)).toMatchObject({ LogicalName: "account" });
  });

  it("shows a single property", async () => {
    expect(await read(`${account}/EntitySetName`)).toMatchObject({ value: "accounts" });
  });

  it.each([
    ["new_reading", { TableType: "Elastic" }],
    ["task", { IsActivity: true, PrimaryIdAttribute: "activityid", ObjectTypeCode: 4212 }],
    ["teammembership", { IsIntersect: true }],
    ["product", { OwnershipType: "OrganizationOwned" }],
    ["systemuser", { OwnershipType: "BusinessOwned", ChangeTrackingEnabled: true }],
    ["new_thing", { IsCustomEntity: true }],
  ])("tells what kind of table %s is", async (name, expected) => {
    expect(await read(`EntityDefinitions(LogicalName='${name}')`)).toMatchObject(expected);
  });
});

describe("attributes", () => {
  it("say their type where the collection is not cast, and then show all that the type has", async () => {
    const { value } = await read(`${account}/Attributes?$filter=LogicalName eq 'name'`);
    expect(value).toMatchObject([
      { "@odata.type": "#Microsoft.Dynamics.CRM.StringAttributeMetadata", MaxLength: 160, SchemaName: "Name" },
    ]);
  });

  it("have shadows that only show another's value", async () => {
    const { value } = await read(`${account}/Attributes?$filter=AttributeOf eq 'primarycontactid'`);
    expect(value).toMatchObject([
      { LogicalName: "primarycontactidname", IsLogical: true, IsValidForCreate: false, IsValidForUpdate: false },
    ]);
  });

  it.each([
    ["ownerid", "Owner", "OwnerType"],
    ["primarycontactid", "Lookup", "LookupType"],
    ["entityimage", "Virtual", "ImageType"],
    ["revenue", "Money", "MoneyType"],
    ["accountid", "Uniqueidentifier", "UniqueidentifierType"],
    ["address1_latitude", "Double", "DoubleType"],
    ["versionnumber", "BigInt", "BigIntType"],
  ])("call the type of %s %s", async (name, code, type) => {
    const path = `${account}/Attributes(LogicalName='${name}')?$select=AttributeType,AttributeTypeName`;
    expect(await read(path)).toMatchObject({ AttributeType: code, AttributeTypeName: { Value: type } });
  });

  it("call a lookup to accounts and contacts a customer", async () => {
    const path = "EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='parentcustomerid')";
    expect(await read(path)).toMatchObject({ AttributeType: "Customer", Targets: ["account", "contact"] });
  });

  it("tell statuses by their states", async () => {
    const cast =
      "Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)";
    const { value } = await read(`EntityDefinitions(LogicalName='salesorder')/Attributes/${cast}`);
    const [status] = value as readonly { OptionSet: { Options: readonly unknown[] } }[];
    expect(status?.OptionSet.Options).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Value: 2, State: 0 }),
        expect.objectContaining({ Value: 100_001, State: 3 }),
      ]),
    );
  });

  it("have two named options where they are boolean", async () => {
    const path = `${account}/Attributes(LogicalName='creditonhold')/Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$expand=OptionSet`;
    expect(await read(path)).toMatchObject({
      OptionSet: { TrueOption: { Value: 1 }, FalseOption: { Value: 0 }, IsGlobal: false },
    });
  });

  it("show options behind the cast as a resource of their own", async () => {
    const path = `${account}/Attributes(LogicalName='industrycode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet?$select=Options`;
    expect((await read(path))["Options"]).toMatchObject([{ Value: 1 }, { Value: 2 }, {}, {}, {}, {}, {}, {}]);
  });

  it("take the key after the cast too", async () => {
    const path = `${account}/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata(LogicalName='name')?$select=MaxLength`;
    expect(await read(path)).toMatchObject({ MaxLength: 160 });
  });

  it("are filtered inside an expand", async () => {
    const filter = "AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Lookup'";
    const { Attributes } = await read(
      `${account}?$select=LogicalName&$expand=Attributes($select=LogicalName;$filter=${filter})`,
    );
    const found = (Attributes as Objects).map((one) => one["LogicalName"]);
    expect(found).toEqual(expect.arrayContaining(["createdby", "primarycontactid", "parentaccountid"]));
    expect(found).not.toContain("name");
  });
});

describe("a filter on metadata", () => {
  it.each([
    ["LogicalName eq 'account'", ["account"]],
    ["LogicalName eq 'account' or LogicalName eq 'contact'", ["account", "contact"]],
    ["IsPrivate eq false and (SchemaName eq 'Account')", ["account"]],
    ["CanCreateAttributes/Value eq false", ["teammembership"]],
    ["IsActivity eq true and not (LogicalName eq 'email')", ["task"]],
    ["TableType eq 'Elastic'", ["new_reading"]],
    ["ObjectTypeCode ge 4212 and ObjectTypeCode lt 4600", ["task"]],
    ["DisplayName/UserLocalizedLabel/Label eq 'User'", ["systemuser"]],
  ])("understands %s", async (filter, expected) => {
    expect(await names(`EntityDefinitions?$select=LogicalName&$filter=${filter}`)).toEqual(expected);
  });

  it.each(["startswith(LogicalName,'acc')", "contains(LogicalName,'acc')"])(
    "has no functions over texts: %s",
    async (filter) => {
      const reply = await get(`EntityDefinitions?$filter=${filter}`);
      expect([reply.status, codeOf(reply)]).toEqual([501, "0x8006088a"]);
      expect(reply.body).toContain("function isn't supported for Metadata Entities.");
    },
  );

  it("finds relationships by kind", async () => {
    const kind = "RelationshipType eq Microsoft.Dynamics.CRM.RelationshipType'ManyToManyRelationship'";
    expect(await names(`RelationshipDefinitions?$select=SchemaName&$filter=${kind}`)).toEqual([
      "teammembership_association",
    ]);
  });

  it("sees what only a cast shows after that cast", async () => {
    const cast = "RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata";
    const filter = "ReferencingEntity eq 'salesorderdetail' and ReferencedEntity eq 'product'";
    expect(await names(`${cast}?$select=SchemaName&$filter=${filter}`)).toEqual(["product_order_details"]);
    expect((await get(`RelationshipDefinitions?$filter=${filter}`)).status).toBe(400);
  });
});

describe("metadata refuses", () => {
  it.each([
    ["EntityDefinitions?$top=1", 400],
    ["EntityDefinitions?$orderby=LogicalName", 400],
    [`${account}?$select=Nothing`, 400],
    [`${account}?$expand=Nothing`, 400],
    [`${account}?$expand=Attributes($expand=OptionSet)`, 400],
    [`${account}?$expand=Attributes($skip=1)`, 400],
    [`${account}/Nothing`, 404],
    [`${account}/Attributes/Microsoft.Dynamics.CRM.EnumAttributeMetadata`, 404],
    [`${account}/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.MemoAttributeMetadata`, 404],
    ["EntityDefinitions(Nothing='x')", 400],
    ["EntityDefinitions('account')", 404],
    ["EntityDefinitions(00000000-0000-4000-8000-000000000000)", 404],
    ["GlobalOptionSetDefinitions(Name='nothing')", 404],
    ["RelationshipDefinitions(SchemaName='nothing')", 404],
  ])("%s with %i", async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });
});
