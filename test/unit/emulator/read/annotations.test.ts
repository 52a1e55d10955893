import { describe, expect, it } from "vitest";
import { ask, emulatorWith, guid } from "../support.ts";
import { ann, company, north, read, south, west } from "./company.ts";

const all = 'odata.include-annotations="*"';
const shown = "OData.Community.Display.V1.FormattedValue";

describe("annotations", () => {
  it("format values as people see them", async () => {
    const emulator = emulatorWith();
    const body = { new_thingid: guid(1), new_whole: 7, new_exact: 1234567.5, new_price: 1234.5, new_rough: -1234.5 };
    const more = { new_flag: true, new_color: 2, new_at: "2024-03-01T00:04:05Z", new_day: "2024-12-31" };
    expect((await ask(emulator, "POST new_things", { ...body, ...more })).status).toBe(204);
    const { json } = await read(emulator, `new_things(${guid(1)})`, all);
    const formatted = (name: string): unknown => json[`${name}@${shown}`];
    expect(formatted("new_whole")).toBe("7");
    expect(formatted("new_exact")).toBe("1,234,567.5000");
    expect(formatted("new_price")).toBe("$1,234.50");
    expect(formatted("new_rough")).toBe("-1,234.50000");
    expect(formatted("new_flag")).toBe("Yes");
    expect(formatted("new_color")).toBe("Green");
    expect(formatted("new_at")).toBe("3/1/2024 12:04 AM");
    expect(formatted("new_day")).toBe("12/31/2024");
    expect(formatted("statecode")).toBe("Active");
    expect(formatted("new_name")).toBeUndefined();
    expect(formatted("new_note")).toBeUndefined();
  });

  it("of a lookup name its row, its table and its navigation property", async () => {
    const { json } = await read(await company(), `accounts(${north})?$select=_primarycontactid_value`, all);
    expect(json).toMatchObject({
      [`_primarycontactid_value@${shown}`]: "Ann Ash",
      "_primarycontactid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "contact",
      "_primarycontactid_value@Microsoft.Dynamics.CRM.associatednavigationproperty": "primarycontactid",
      _primarycontactid_value: ann,
    });
  });

  it("of a polymorphic lookup name the property of its target", async () => {
    const { json } = await read(await company(), `contacts(${ann})?$select=_parentcustomerid_value`, all);
    expect(json["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"]).toBe(
      "parentcustomerid_account",
    );
  });

  it.each<[string, readonly string[]]>([
    [shown, ["FormattedValue"]],
    ["OData.Community.Display.V1.*", ["FormattedValue"]],
    ["Microsoft.Dynamics.CRM.lookuplogicalname", ["lookuplogicalname"]],
    [`${shown},Microsoft.Dynamics.CRM.lookuplogicalname`, ["FormattedValue", "lookuplogicalname"]],
    ["*,-Microsoft.Dynamics.CRM.associatednavigationproperty", ["FormattedValue", "lookuplogicalname"]],
    ["Some.Other", []],
  ])("are only those that match %s", async (pattern, kinds) => {
    const line = `accounts(${north})?$select=_primarycontactid_value`;
    const { json, reply } = await read(await company(), line, `odata.include-annotations="${pattern}"`);
    const found = Object.keys(json).flatMap((name) => (/^_primary.*@.*\.(\w+)$/.exec(name) ?? []).slice(1));
    expect(found).toEqual(kinds);
    expect(reply.headers["preference-applied"]).toBe(`odata.include-annotations="${pattern}"`);
  });

  it("reach into expanded rows, lists and single properties", async () => {
    const emulator = await company();
    const { list } = await read(emulator, "accounts?$select=name&$expand=parentaccountid($select=revenue)", all);
    expect(list.value[0]?.["parentaccountid"]).toMatchObject({ [`revenue@${shown}`]: "$1,234.50", revenue: 1234.5 });
    const { json } = await read(emulator, `accounts(${south})/revenue`, all);
    expect(json).toMatchObject({ [`@${shown}`]: "$1,234.50", value: 1234.5 });
  });

  it("come with a representation, and both preferences are said to be heeded", async () => {
    const wishes = { prefer: `return=representation,${all}` };
    const reply = await ask(await company(), `PATCH accounts(${west})?$select=statecode`, { name: "x" }, wishes);
    expect(JSON.parse(reply.body)).toMatchObject({ [`statecode@${shown}`]: "Active" });
    expect(reply.headers["preference-applied"]).toBe(`return=representation,${all}`);
  });

  it("are absent where nobody asks", async () => {
    const { reply } = await read(await company(), `accounts(${north})`);
    expect(reply.body).not.toContain("FormattedValue");
    expect(reply.headers["preference-applied"]).toBeUndefined();
  });
});

describe("a conditional GET", () => {
  const ask304 = async (path: string, headers: Readonly<Record<string, string>>): Promise<number> => {
    const emulator = await company();
    const { reply } = await read(emulator, `accounts(${west})`);
    const given = { "if-none-match": reply.headers["etag"] ?? "", ...headers };
    return (await ask(emulator, `GET ${path}`, "", given)).status;
  };

  it("of a row that the client has is 304 without a body", async () => {
    const emulator = await company();
    const { reply } = await read(emulator, `accounts(${west})`);
    const etag = reply.headers["etag"] ?? "";
    const again = await ask(emulator, `GET accounts(${west})`, "", { "if-none-match": etag });
    expect([again.status, again.body, again.headers["etag"]]).toEqual([304, "", etag]);
    await ask(emulator, `PATCH accounts(${west})`, { name: "Far West" });
    expect((await ask(emulator, `GET accounts(${west})`, "", { "if-none-match": etag })).status).toBe(200);
  });

  it("is none with the text null, with annotations or with $expand", async () => {
    expect(await ask304(`accounts(${west})`, {})).toBe(304);
    expect(await ask304(`accounts(${west})`, { "if-none-match": "null" })).toBe(200);
    expect(await ask304(`accounts(${west})`, { prefer: all })).toBe(200);
    expect(await ask304(`accounts(${west})?$expand=primarycontactid`, {})).toBe(200);
  });
});
