import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import type { EmulatorOptions } from "../../../emulator/world.ts";
import { ask, guid } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const id = guid(1);
const user = "0b000000-0000-4000-8000-000000000001";

async function create(body: object, options: EmulatorOptions = {}, table = "new_thing"): Promise<unknown> {
  const emulator = environment(options);
  const reply = await ask(emulator, `POST ${table}s`, { ...body, [`${table}id`]: id });
  return reply.status < 400 ? rowOf(emulator, table, id) : outcome(reply);
}

describe("state and status", () => {
  const account = async (): Promise<Emulator> => {
    const emulator = environment();
    await ask(emulator, "POST new_things", { new_thingid: id });
    return emulator;
  };

  it.each([
    [{}, { statecode: 0, statuscode: 1 }],
    [{ statuscode: 3 }, { statecode: 0, statuscode: 3 }],
    [{ statecode: 1 }, { statecode: 0, statuscode: 1 }],
    [
      { statecode: 1, statuscode: 3 },
      { statecode: 0, statuscode: 3 },
    ],
  ])("of a new row: %j", async (body, expected) => {
    expect(await create(body)).toMatchObject(expected);
  });

  it.each([{ statuscode: 2 }, { statecode: 1, statuscode: 2 }, { statuscode: 99 }])(
    "of a new row are refused where they belong to another state: %j",
    async (body) => {
      expect(await create(body)).toBe("400 0x80048408");
    },
  );

  it.each([
    [
      { statecode: 1, statuscode: 2 },
      { statecode: 1, statuscode: 2 },
    ],
    [{ statecode: 1 }, { statecode: 1, statuscode: 2 }],
    [{ statuscode: 3 }, { statecode: 0, statuscode: 3 }],
  ])("change together: %j", async (body, expected) => {
    const emulator = await account();
    expect(outcome(await ask(emulator, `PATCH new_things(${id})`, body))).toBe("204");
    expect(rowOf(emulator, "new_thing", id)).toMatchObject(expected);
  });

  it.each([
    [{ statecode: 1, statuscode: 3 }, "400 0x80048408"],
    [{ statuscode: 2 }, "400 0x80048408"],
    [{ statecode: 7 }, "400 0x80043af9"],
    [{ statecode: null }, "400 0x80048408"],
    [{ statecode: "1" }, "400 0x80048d19"],
  ])("are refused where they do not match: %j", async (body, expected) => {
    const emulator = await account();
    expect(outcome(await ask(emulator, `PATCH new_things(${id})`, body))).toBe(expected);
    expect(rowOf(emulator, "new_thing", id)).toMatchObject({ statecode: 0, statuscode: 1 });
  });

  it("are named in the refusal", async () => {
    const reply = await ask(environment(), "POST accounts", { statuscode: 2 });
    expect(reply.body).toContain("2 is not a valid status code for state code AccountState.Active on account with Id ");
  });
});

describe("a new row", () => {
  it("has the defaults of its columns, unless they were sent", async () => {
    expect(await create({})).toMatchObject({ new_flag: true, new_color: 2 });
    expect(await create({ new_flag: false, new_color: null })).toMatchObject({ new_flag: false, new_color: null });
  });

  it("gets a number where none is given", async () => {
    expect(await create({})).toMatchObject({ new_number: expect.stringMatching(/^T-01000-[A-Z0-9]{4}-20\d{6}$/) });
    expect(await create({ new_number: "mine" })).toMatchObject({ new_number: "mine" });
    const emulator = environment();
    await ask(emulator, "POST new_things", {});
    await ask(emulator, "POST new_things", {});
    expect(emulator.rows("new_thing").map((row) => String(row["new_number"]).slice(0, 7))).toEqual([
      "T-01000",
      "T-01001",
    ]);
  });

  it("may lack what only the application requires", async () => {
    expect(await create({ new_must: null })).toMatchObject({ new_must: null });
    expect(await create({}, {}, "account")).toMatchObject({ name: null });
  });

  it("of a person has a full name", async () => {
    const emulator = environment();
    await ask(emulator, "POST contacts", { contactid: id, firstname: "Ann", lastname: "Lee", fullname: "no" });
    expect(rowOf(emulator, "contact", id)?.["fullname"]).toBe("Ann Lee");
    await ask(emulator, `PATCH contacts(${id})`, { firstname: null });
    expect(rowOf(emulator, "contact", id)?.["fullname"]).toBe("Lee");
  });

  it("of an activity is of its type", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: guid(2) });
    const body = { activityid: id, "regardingobjectid_account_task@odata.bind": `/accounts(${guid(2)})` };
    expect(outcome(await ask(emulator, "POST tasks", body))).toBe("204");
    expect(rowOf(emulator, "task", id)).toMatchObject({
      activitytypecode: "task",
      regardingobjectid: { table: "account", id: guid(2) },
    });
    const wrong = { "regardingobjectid_contact_task@odata.bind": `/accounts(${guid(2)})` };
    expect(outcome(await ask(emulator, "POST tasks", wrong))).toBe("400 0x80048d19");
  });

  it("shows the time that overriddencreatedon gives, which no update changes", async () => {
    const emulator = environment();
    const body = { accountid: id, overriddencreatedon: "2019-05-01T00:00:00Z" };
    await ask(emulator, "POST accounts", body);
    await ask(emulator, `PATCH accounts(${id})`, {
      overriddencreatedon: "2020-01-01T00:00:00Z",
      createdon: "2020-01-01T00:00:00Z",
    });
    expect(rowOf(emulator, "account", id)).toMatchObject({ createdon: "2019-05-01T00:00:00Z" });
  });

  it("keeps its id", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: id });
    expect(outcome(await ask(emulator, `PATCH accounts(${id})`, { accountid: guid(2) }))).toBe("204");
    expect(rowOf(emulator, "account", id)).toBeDefined();
    const differs = await ask(emulator, `PATCH accounts(${guid(3)})`, { accountid: guid(4) });
    expect(outcome(differs)).toBe("400 0x80040203");
    expect(outcome(await ask(emulator, `PATCH accounts(${guid(3)})`, { accountid: guid(3) }))).toBe("204");
    expect(outcome(await ask(emulator, "POST accounts", { accountid: "x" }))).toBe("400 0x80048d19");
    expect(emulator.rows("account")).toHaveLength(2);
  });
});

describe("the owner", () => {
  it("is the caller, and a user or a team", async () => {
    const emulator = environment();
    await ask(emulator, "POST teams", { teamid: guid(2), name: "t" });
    await ask(emulator, "POST accounts", { accountid: id });
    expect(rowOf(emulator, "account", id)).toMatchObject({
      ownerid: { table: "systemuser", id: user },
      owninguser: { table: "systemuser", id: user },
      owningteam: null,
      owningbusinessunit: { table: "businessunit" },
    });
    expect(outcome(await ask(emulator, `PATCH accounts(${id})`, { "ownerid@odata.bind": `/teams(${guid(2)})` }))).toBe(
      "204",
    );
    expect(rowOf(emulator, "account", id)).toMatchObject({
      ownerid: { table: "team", id: guid(2) },
      owninguser: null,
      owningteam: { table: "team", id: guid(2) },
    });
  });

  it("is nobody else", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: id });
    await ask(emulator, "POST systemusers", { systemuserid: guid(5), isdisabled: true });
    const own = async (uri: string | null): Promise<string> =>
      outcome(await ask(emulator, `PATCH accounts(${id})`, { "ownerid@odata.bind": uri }));
    expect(await own(`/accounts(${id})`)).toBe("400 0x80048d19");
    expect(await own(`/systemusers(${guid(9)})`)).toBe("404 0x80040217");
    expect(await own(null)).toBe("400 0x80040229");
    expect(await own(`/systemusers(${guid(5)})`)).toBe("400 0x8004022b");
  });
});

describe("values", () => {
  it.each([
    ["several choices in any order, with blanks", { new_choices: " 9, 1 ,14" }, { new_choices: "1,9,14" }],
    ["no choice", { new_choices: "" }, { new_choices: null }],
    ["null for choices", { new_choices: null }, { new_choices: null }],
    ["an unknown choice among others", { new_choices: "1,999" }, "400 0x8004431a"],
    ["a number for choices", { new_choices: 1 }, "400 0x80048d19"],
    ["150 choices", { new_choices: list(150) }, { new_choices: list(150) }],
    ["151 choices", { new_choices: list(151) }, "400 0x80061005"],
    ["an integer that 32 bits do not hold for a choice", { new_color: 4_294_967_298 }, "400 0x80048d19"],
  ])("%s", async (_what, body, expected) => {
    const row = await create(body);
    if (typeof expected === "string") {
      expect(row).toBe(expected);
    } else {
      expect(row).toMatchObject(expected);
    }
  });

  it("of columns that are not valid for the operation need only be of their type", async () => {
    expect(await create({ statecode: 7 })).toMatchObject({ statecode: 0, statuscode: 1 });
    expect(await create({ statecode: "1" })).toBe("400 0x80048d19");
    expect(await create({ createdon: "1700-01-01T00:00:00Z" })).toMatchObject({ statecode: 0 });
    expect(await create({ createdon: "yesterday" })).toBe("400 0x80048d19");
  });

  it("that are empty texts are null, or kept where the setting says so", async () => {
    expect(await create({ new_name: "" })).toMatchObject({ new_name: null });
    expect(await create({ new_name: "" }, { emptyText: "keep" })).toMatchObject({ new_name: "" });
  });

  it("of a key may not outgrow its index", async () => {
    expect(await create({ new_long: "x".repeat(450) })).toMatchObject({ new_long: "x".repeat(450) });
    expect(await create({ new_long: "x".repeat(451) })).toBe("400 0x80060895");
  });

  it("may name an instant without its seconds", async () => {
    expect(await create({ overriddencreatedon: "2019-05-01T10:20Z" })).toMatchObject({
      createdon: "2019-05-01T10:20:00Z",
    });
  });

  it("that a plug-in refuses, in any case, unless it is bypassed", async () => {
    const emulator = environment();
    const reply = await ask(emulator, "POST accounts", { name: "BAD" });
    expect(outcome(reply)).toBe("400 0x80040265");
    expect(reply.body).toContain("The plug-in wants another name.");
    expect(outcome(await ask(emulator, "POST accounts", { numberofemployees: 13 }))).toBe("400 0x80040265");
    const post = async (headers: Record<string, string>): Promise<string> =>
      outcome(await ask(emulator, "POST accounts", { name: "bad" }, headers));
    expect(await post({ "mscrm.bypasscustompluginexecution": "true" })).toBe("204");
    expect(await post({ "mscrm.bypassbusinesslogicexecution": "CustomSync,CustomAsync" })).toBe("204");
    expect(await post({ "mscrm.bypassbusinesslogicexecution": "CustomAsync" })).toBe("400 0x80040265");
    expect(await post({ "mscrm.bypassbusinesslogicexecution": "All" })).toBe("400 0x80040203");
  });

  it("of a lookup are bound by id with a status of choice", async () => {
    const body = { "new_loose@odata.bind": `/accounts(${guid(9)})` };
    expect(await create(body)).toBe("404 0x80040217");
    expect(await create(body, { missingIdStatus: 400 })).toBe("400 0x80040217");
  });
});

function list(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(",");
}

describe("headers that change nothing here", () => {
  it.each([
    { "mscrm.suppresscallbackregistrationexpanderjob": "true" },
    { "mscrm.solutionuniquename": "s" },
    { "mscrm.mergelabels": "true" },
    { "mscrm.bypassbusinesslogicexecutionstepids": guid(1) },
    { "mscrm.suppressduplicatedetection": "true" },
    { consistency: "Strong" },
  ])("are taken: %j", async (headers) => {
    expect(outcome(await ask(environment(), "POST accounts?tag=load", { name: "x" }, headers))).toBe("204");
  });

  it("but not more steps than an organization allows", async () => {
    const headers = { "mscrm.bypassbusinesslogicexecutionstepids": [1, 2, 3, 4].map(guid).join(",") };
    expect(outcome(await ask(environment(), "POST accounts", {}, headers))).toBe("400 0x80040203");
  });
});

describe("columns beside an image", () => {
  it("are read-only, and what is written to them is ignored", async () => {
    const shadows = { entityimage_timestamp: null, entityimage_url: "x", entityimageid: null };
    expect((await ask(environment(), "POST accounts", { name: "a", ...shadows })).status).toBe(204);
    expect((await ask(environment(), "POST accounts", { name_url: "x" })).status).toBe(400);
  });
});
