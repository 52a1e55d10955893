import { describe, expect, it } from "vitest";
import { ask, emulatorWith } from "../support.ts";

type Attribute = Readonly<Record<string, unknown>>;

interface Answer {
  readonly EntityMetadata: readonly (Readonly<Record<string, unknown>> & {
    readonly Attributes: readonly Attribute[];
  })[];
}

const equals = (name: string, value: string): object => ({
  PropertyName: name,
  ConditionOperator: "Equals",
  Value: { Type: "System.String", Value: value },
});

async function changes(query: object): Promise<{ readonly status: number; readonly answer: Answer }> {
  const url = `RetrieveMetadataChanges(Query=@p1)?@p1=${encodeURIComponent(JSON.stringify(query))}`;
  const reply = await ask(emulatorWith(), `GET ${url}`);
  return { status: reply.status, answer: JSON.parse(reply.body) as Answer };
}

describe("RetrieveMetadataChanges", () => {
  it("shows the properties asked for, those of the type too", async () => {
    const { answer } = await changes({
      Properties: { PropertyNames: ["LogicalName", "Attributes"] },
      Criteria: { Conditions: [equals("LogicalName", "account")] },
      AttributeQuery: {
        Properties: { PropertyNames: ["LogicalName", "MaxLength"] },
        Criteria: { Conditions: [equals("LogicalName", "accountnumber")] },
      },
    });
    const [account] = answer.EntityMetadata;
    expect(answer.EntityMetadata).toHaveLength(1);
    expect(new Set(Object.keys(account ?? {}))).toEqual(new Set(["Attributes", "LogicalName", "MetadataId"]));
    expect(account?.Attributes).toMatchObject([
      {
        "@odata.type": "#Microsoft.Dynamics.CRM.ComplexStringAttributeMetadata",
        LogicalName: "accountnumber",
        MaxLength: 20,
      },
    ]);
    expect(account?.Attributes[0]).not.toHaveProperty("SchemaName");
  });

  it("takes conditions that exclude, list and nest", async () => {
    const either = {
      FilterOperator: "Or",
      Conditions: [equals("LogicalName", "team"), equals("SchemaName", "Contact")],
    };
    const list = { PropertyName: "LogicalName", ConditionOperator: "In", Value: { Value: '["account","contact"]' } };
    const names = async (criteria: object): Promise<readonly unknown[]> => {
      const { answer } = await changes({ Properties: { PropertyNames: ["LogicalName"] }, Criteria: criteria });
      return answer.EntityMetadata.map((entity) => entity["LogicalName"]).sort();
    };
    expect(await names(either)).toEqual(["contact", "team"]);
    expect(await names({ Conditions: [list] })).toEqual(["account", "contact"]);
    const not = { ...equals("LogicalName", "account"), ConditionOperator: "NotEquals" };
    expect(await names({ Conditions: [not], Filters: [{ Conditions: [list] }] })).toEqual(["contact"]);
  });

  it("shows everything where nothing was chosen", async () => {
    const { answer } = await changes({ Criteria: { Conditions: [equals("LogicalName", "contact")] } });
    expect(answer.EntityMetadata[0]).toMatchObject({ EntitySetName: "contacts", PrimaryIdAttribute: "contactid" });
    expect(answer.EntityMetadata[0]?.Attributes.length).toBeGreaterThan(20);
  });

  it.each([
    ["an unknown property", { Conditions: [equals("Nonsense", "x")] }],
    ["an unknown operator", { Conditions: [{ ...equals("LogicalName", "x"), ConditionOperator: "Near" }] }],
  ])("refuses %s", async (_what, criteria) => {
    expect((await changes({ Criteria: criteria })).status).toBe(400);
  });

  it("refuses to be called without its query", async () => {
    expect((await ask(emulatorWith(), "GET RetrieveMetadataChanges()")).status).toBe(400);
  });
});
