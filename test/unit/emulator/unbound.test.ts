import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith, guid, VirtualClock } from "./support.ts";

type Fields = Readonly<Record<string, unknown>>;

function valuesOf(reply: { readonly body: string }): Fields {
  return JSON.parse(reply.body) as Fields;
}

async function withAccounts(count: number): Promise<Emulator> {
  const emulator = emulatorWith();
  for (let number = 1; number <= count; number += 1) {
    await ask(emulator, "POST accounts", { accountid: guid(number), name: `n${number}`, numberofemployees: number });
  }
  return emulator;
}

describe("a function", () => {
  it.each(["WhoAmI", "WhoAmI()"])("answers to %s", async (path) => {
    const reply = await ask(emulatorWith(), `GET ${path}`);
    expect(Object.keys(valuesOf(reply))).toEqual(["@odata.context", "BusinessUnitId", "UserId", "OrganizationId"]);
    expect(valuesOf(reply)["@odata.context"]).toBe(
      "https://localhost/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
    );
  });

  it("tells the version", async () => {
    expect(valuesOf(await ask(emulatorWith(), "GET RetrieveAvailableLanguages"))["LocaleIds"]).toEqual([1033]);
    expect(valuesOf(await ask(emulatorWith(), "GET RetrieveVersion()"))["Version"]).toMatch(/^9\.2\./);
  });

  it("tells the organization that WhoAmI tells", async () => {
    const emulator = emulatorWith();
    const path = "RetrieveCurrentOrganization(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'";
    const { Detail } = valuesOf(await ask(emulator, `GET ${path}`)) as { Detail: Fields };
    expect(Detail["OrganizationId"]).toBe(valuesOf(await ask(emulator, "GET WhoAmI"))["OrganizationId"]);
    expect(Detail["Endpoints"]).toMatchObject({ Keys: expect.arrayContaining(["OrganizationDataService"]) });
  });

  it("is refused where nobody knows it", async () => {
    for (const line of ["GET WhoAreYou()", "POST WhoAreYou", "GET accountz"] as const) {
      const reply = await ask(emulatorWith(), line, {});
      expect([reply.status, codeOf(reply)]).toEqual([404, "0x8006088a"]);
    }
  });

  it("is not for POST, and an action not for GET", async () => {
    expect((await ask(emulatorWith(), "POST WhoAmI", {})).status).toBe(405);
    expect((await ask(emulatorWith(), "GET BulkDelete")).status).toBe(405);
  });
});

describe("RetrieveTotalRecordCount", () => {
  it.each([
    "RetrieveTotalRecordCount(EntityNames=['account','contact'])",
    'RetrieveTotalRecordCount(EntityNames=["account","contact"])',
    "RetrieveTotalRecordCount(EntityNames=%5B'account'%2C'contact'%5D)",
    "RetrieveTotalRecordCount(EntityNames=@names)?@names=['account','contact']",
    "RetrieveTotalRecordCount(EntityNames=@p)?@p=[%22account%22,%22contact%22]",
  ])("counts by %s", async (path) => {
    const reply = await ask(await withAccounts(3), `GET ${path}`);
    expect(valuesOf(reply)).toEqual({
      "@odata.context":
        "https://localhost/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse",
      EntityRecordCountCollection: { Count: 2, IsReadOnly: false, Keys: ["account", "contact"], Values: [3, 0] },
    });
  });

  it("does not count what has expired", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock });
    await ask(emulator, "POST new_readings", { ttlinseconds: 10 });
    await clock.advance(20_000);
    const reply = await ask(emulator, "GET RetrieveTotalRecordCount(EntityNames=['new_reading'])");
    expect(valuesOf(reply)["EntityRecordCountCollection"]).toMatchObject({ Values: [0] });
  });

  it.each(["()", "(EntityNames=[])", "(EntityNames='account')", "(EntityNames=@none)", "(EntityNames=['a'", "(=)"])(
    "refuses %s",
    async (parameters) => {
      const reply = await ask(emulatorWith(), `GET RetrieveTotalRecordCount${parameters}`);
      expect([400, 404]).toContain(reply.status);
      expect(codeOf(reply)).toMatch(/^0x8/);
    },
  );

  it("refuses a table that nobody knows", async () => {
    const reply = await ask(emulatorWith(), "GET RetrieveTotalRecordCount(EntityNames=['nothing'])");
    expect(reply.status).toBe(404);
    expect(reply.body).toContain("nothing");
  });
});

/** As Microsoft's Python SDK sends it. */
function job(criteria: unknown, entity = "account"): Fields {
  return {
    JobName: "Bulk delete account records @ 2024-01-01T00:00:00Z",
    SendEmailNotification: false,
    ToRecipients: [],
    CCRecipients: [],
    RecurrencePattern: "",
    StartDateTime: "2024-01-01T00:00:00Z",
    QuerySet: [
      {
        "@odata.type": "Microsoft.Dynamics.CRM.QueryExpression",
        EntityName: entity,
        ColumnSet: { "@odata.type": "Microsoft.Dynamics.CRM.ColumnSet", AllColumns: false, Columns: [] },
        Criteria: criteria,
      },
    ],
  };
}

function term(AttributeName: string, Operator: string, ...values: readonly unknown[]): Fields {
  const Values = values.map((Value) => ({ Value, Type: "System.String" }));
  return { "@odata.type": "Microsoft.Dynamics.CRM.ConditionExpression", AttributeName, Operator, Values };
}

function all(...Conditions: readonly Fields[]): Fields {
  return { "@odata.type": "Microsoft.Dynamics.CRM.FilterExpression", FilterOperator: "And", Conditions };
}

describe("BulkDelete", () => {
  it("deletes what In names and gives the id of a completed job", async () => {
    const emulator = await withAccounts(4);
    const reply = await ask(emulator, "POST BulkDelete", job(all(term("accountid", "In", guid(1), guid(3), guid(9)))));
    expect(reply.status).toBe(200);
    expect(emulator.rows("account").map((row) => row["name"])).toEqual(["n2", "n4"]);
    expect(emulator.counts().tables["account"]).toMatchObject({ deletes: 2 });
    const { JobId } = valuesOf(reply);
    const shown = valuesOf(
      await ask(emulator, `GET asyncoperations(${String(JobId)})?$select=statecode,statuscode,name`),
    );
    expect(shown).toMatchObject({ statecode: 3, statuscode: 30, name: job(null)["JobName"] });
  });

  it.each([
    ["Equal", all(term("name", "Equal", "N2")), ["n1", "n3"]],
    ["two conditions", all(term("numberofemployees", "GreaterEqual", 2), term("name", "NotEqual", "n3")), ["n1", "n3"]],
    ["a prefix", all(term("name", "BeginsWith", "n")), []],
    ["nothing in a column", all(term("accountnumber", "Null")), []],
    ["a list that is not", all(term("accountid", "NotIn", guid(1))), ["n1"]],
    ["no condition", all(), []],
    ["no criteria", null, []],
    [
      "either",
      { FilterOperator: "Or", Conditions: [term("name", "Equal", "n1")], Filters: [all(term("name", "Equal", "n3"))] },
      ["n2"],
    ],
    [
      "values that stand alone",
      { Conditions: [{ AttributeName: "name", Operator: "In", Values: ["n1"] }] },
      ["n2", "n3"],
    ],
  ])("finds by %s", async (_, criteria, left) => {
    const emulator = await withAccounts(3);
    expect((await ask(emulator, "POST BulkDelete", job(criteria))).status).toBe(200);
    expect(emulator.rows("account").map((row) => row["name"])).toEqual(left);
  });

  it.each([
    ["without parameters", {}, "0x80048d19"],
    ["without queries", { ...job(all()), QuerySet: [] }, "0x80040203"],
    ["with a query of another kind", { ...job(all()), QuerySet: [{ Query: "<fetch/>" }] }, "0x80040203"],
    ["with a parameter that it does not have", { ...job(all()), Rows: 1 }, "0x80048d19"],
    ["with an unknown column", job(all(term("nonsense", "Equal", "a"))), "0x80060888"],
    ["with an unknown operator", job(all(term("name", "Sounds", "a"))), "0x80040203"],
    ["with a value that is none of its column", job(all(term("accountid", "In", "a"))), "0x80040203"],
    ["with a filter that is none", job([]), "0x80040203"],
  ])("is refused %s", async (_, body, code) => {
    const emulator = await withAccounts(1);
    const reply = await ask(emulator, "POST BulkDelete", body);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
    expect(emulator.rows("account")).toHaveLength(1);
  });

  it("refuses joins and unknown tables", async () => {
    const emulator = await withAccounts(1);
    const [query] = job(all())["QuerySet"] as Fields[];
    const joined = { ...job(all()), QuerySet: [{ ...query, LinkEntities: [{}] }] };
    expect((await ask(emulator, "POST BulkDelete", joined)).status).toBe(400);
    expect((await ask(emulator, "POST BulkDelete", job(all(), "nothing"))).status).toBe(404);
  });
});
