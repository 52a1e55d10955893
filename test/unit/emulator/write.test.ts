import { describe, expect, it } from "vitest";
import { ask, codeOf, emulatorWith, guid } from "./support.ts";

const id = guid(1);

describe("create", () => {
  it("answers 204 with the new row's address and no Location", async () => {
    const reply = await ask(emulatorWith(), "POST accounts", { name: "x", accountid: id });
    expect(reply.status).toBe(204);
    expect(reply.headers["odata-entityid"]).toBe(`https://localhost/api/data/v9.2/accounts(${id})`);
    expect(reply.headers["location"]).toBeUndefined();
  });

  it("refuses a primary key that exists", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id });
    const reply = await ask(emulator, "POST accounts", { accountid: id.toUpperCase() });
    expect([reply.status, codeOf(reply)]).toEqual([412, "0x80040237"]);
    expect(emulator.counts().tables["account"]?.rows).toBe(1);
  });

  it("mints a key where none is given", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { name: "a" });
    await ask(emulator, "POST accounts", { name: "b" });
    expect(new Set(emulator.rows("account").map((row) => row["accountid"])).size).toBe(2);
  });

  it("shows the row on return=representation", async () => {
    const reply = await ask(
      emulatorWith(),
      "POST accounts?$select=name,creditlimit",
      { name: "x", creditlimit: 5 },
      {
        prefer: "return=representation",
      },
    );
    expect(reply.status).toBe(201);
    expect(reply.headers["preference-applied"]).toBe("return=representation");
    expect(reply.headers["odata-entityid"]).toBeUndefined();
    expect(reply.body).toContain('"name":"x","creditlimit":5.0000');
  });

  it("ignores columns that are not valid for it", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "POST new_things", {
      new_readonly: "no",
      statecode: 1,
      createdon: "2020-01-01T00:00:00Z",
    });
    expect(reply.status).toBe(204);
    const [row] = emulator.rows("new_thing");
    expect([row?.["new_readonly"], row?.["statecode"]]).toEqual([null, 0]);
    expect(row?.["createdon"]).not.toBe("2020-01-01T00:00:00Z");
  });

  it("takes a status of the active state only", async () => {
    const reply = await ask(emulatorWith(), "POST accounts", { statuscode: 2 });
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80048408"]);
  });

  it("takes overriddencreatedon as the time of creation", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { overriddencreatedon: "2020-01-01T00:00:00Z" });
    expect(emulator.rows("account")[0]?.["createdon"]).toBe("2020-01-01T00:00:00Z");
  });
});

describe("PATCH by primary key", () => {
  it("creates a missing row without a condition", async () => {
    const emulator = emulatorWith();
    expect((await ask(emulator, `PATCH accounts(${id})`, { name: "x" })).status).toBe(204);
    expect(emulator.counts().tables["account"]).toMatchObject({ creates: 1, updates: 0 });
  });

  it("does not create under If-Match: *", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, `PATCH accounts(${id})`, { name: "x" }, { "if-match": "*" });
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x80040217"]);
    expect(reply.body).toContain(`account With Id = ${id} Does Not Exist`);
    expect(emulator.rows("account")).toEqual([]);
  });

  it("updates under If-Match: * and leaves other columns as they are", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id, name: "x", fax: "1" });
    expect((await ask(emulator, `PATCH accounts(${id})`, { name: null }, { "if-match": "*" })).status).toBe(204);
    expect(emulator.rows("account")[0]).toMatchObject({ name: null, fax: "1" });
  });

  it("does not update under If-None-Match: *", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id, name: "x" });
    const reply = await ask(emulator, `PATCH accounts(${id})`, { name: "y" }, { "if-none-match": "*" });
    expect(reply.status).toBe(412);
    expect(emulator.rows("account")[0]).toMatchObject({ name: "x" });
  });

  it("takes If-None-Match: null for no condition", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id });
    expect((await ask(emulator, `PATCH accounts(${id})`, { name: "y" }, { "if-none-match": "null" })).status).toBe(204);
  });

  it("refuses a stale ETag", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id, name: "x" });
    const { etag = "" } = (await ask(emulator, `GET accounts(${id})`)).headers;
    expect((await ask(emulator, `PATCH accounts(${id})`, { name: "y" }, { "if-match": etag })).status).toBe(204);
    const reply = await ask(emulator, `PATCH accounts(${id})`, { name: "z" }, { "if-match": etag });
    expect([reply.status, codeOf(reply)]).toEqual([412, "0x80060882"]);
  });

  it("says 200 for an update and 201 for a creation only on return=representation", async () => {
    const emulator = emulatorWith();
    const wish = { prefer: "return=representation" };
    expect((await ask(emulator, `PATCH accounts(${id})`, { name: "x" }, wish)).status).toBe(201);
    expect((await ask(emulator, `PATCH accounts(${id})`, { name: "x" }, wish)).status).toBe(200);
  });
});

describe("PATCH by alternate key", () => {
  it("copies the key into a new row and echoes the address it was given", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "PATCH accounts(accountnumber='A%20O''1')", { name: "x" });
    expect(reply.headers["odata-entityid"]).toBe("https://localhost/api/data/v9.2/accounts(accountnumber='A%20O''1')");
    expect(emulator.rows("account")[0]).toMatchObject({ accountnumber: "A O'1", name: "x" });
  });

  it("finds the row whatever the case and trailing blanks", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "PATCH accounts(accountnumber='Abc')", { name: "x" });
    await ask(emulator, "PATCH accounts(accountnumber='aBC%20')", { name: "y" });
    expect(emulator.rows("account")).toMatchObject([{ accountnumber: "Abc", name: "y" }]);
  });

  it("lets the body's key win on create and ignores it on update", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "PATCH accounts(accountnumber='A')", { accountnumber: "B" });
    expect(emulator.rows("account")).toMatchObject([{ accountnumber: "B" }]);
    await ask(emulator, "PATCH accounts(accountnumber='B')", { accountnumber: "C" });
    expect(emulator.rows("account")).toMatchObject([{ accountnumber: "B" }]);
  });

  it("does not create under If-Match: *", async () => {
    const reply = await ask(emulatorWith(), "PATCH accounts(accountnumber='A')", {}, { "if-match": "*" });
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x80060891"]);
  });
});

describe("uniqueness of alternate keys", () => {
  it("refuses a second row with the same folded key", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountnumber: "a-1" });
    const reply = await ask(emulator, "POST accounts", { accountnumber: "A-1  " });
    expect([reply.status, codeOf(reply)]).toEqual([412, "0x80060892"]);
    expect(reply.body).toContain("Entity Key Account Number violated.");
  });

  it("refuses an update into another row's key and keeps both rows findable", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(1), accountnumber: "A" });
    await ask(emulator, "POST accounts", { accountid: guid(2), accountnumber: "B" });
    expect((await ask(emulator, `PATCH accounts(${guid(2)})`, { accountnumber: "a" })).status).toBe(412);
    expect((await ask(emulator, "GET accounts(accountnumber='A')")).body).toContain(guid(1));
    expect((await ask(emulator, "GET accounts(accountnumber='B')")).body).toContain(guid(2));
  });

  it("does not cover rows without the key", async () => {
    const emulator = emulatorWith();
    expect((await ask(emulator, "POST accounts", { accountnumber: "" })).status).toBe(204);
    expect((await ask(emulator, "POST accounts", { accountnumber: null })).status).toBe(204);
  });

  it("frees the key of a deleted row", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id, accountnumber: "A" });
    await ask(emulator, `DELETE accounts(${id})`);
    expect((await ask(emulator, "POST accounts", { accountnumber: "A" })).status).toBe(204);
  });
});

describe("delete", () => {
  it("answers 204, then 404 for the row that is gone", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id });
    expect((await ask(emulator, `DELETE accounts(${id})`)).status).toBe(204);
    const reply = await ask(emulator, `DELETE accounts(${id})`);
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x80040217"]);
  });

  it("refuses a stale ETag", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: id });
    expect((await ask(emulator, `DELETE accounts(${id})`, "", { "if-match": 'W/"1"' })).status).toBe(412);
    expect(emulator.rows("account")).toHaveLength(1);
  });
});

describe("lookups", () => {
  it.each([
    ["by id", `/accounts(${guid(7)})`],
    ["by id without a slash", `accounts(${guid(7)})`],
    ["by absolute URL", `https://localhost/api/data/v9.2/accounts(${guid(7)})`],
    ["by alternate key, folded", "/accounts(accountnumber='a-7 ')"],
  ])("are bound %s", async (_how, uri) => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(7), accountnumber: "A-7" });
    expect((await ask(emulator, "POST new_things", { "new_Account@odata.bind": uri })).status).toBe(204);
    expect(emulator.rows("new_thing")[0]?.["new_account"]).toEqual({ table: "account", id: guid(7) });
  });

  it("refuse a missing row, by id and by key with their own codes", async () => {
    const emulator = emulatorWith();
    const byId = await ask(emulator, "POST new_things", { "new_Account@odata.bind": `/accounts(${id})` });
    expect([byId.status, codeOf(byId)]).toEqual([404, "0x80040217"]);
    const byKey = await ask(emulator, "POST new_things", { "new_Account@odata.bind": "/accounts(accountnumber='no')" });
    expect([byKey.status, codeOf(byKey)]).toEqual([404, "0x80060891"]);
    expect(byKey.body).toContain("A record with the specified key values does not exist in account entity");
    const strange = emulatorWith({ missingKeyStatus: 400 });
    const other = await ask(strange, "POST new_things", { "new_Account@odata.bind": "/accounts(accountnumber='no')" });
    expect(other.status).toBe(400);
  });

  it("know the case of a navigation property", async () => {
    const reply = await ask(emulatorWith(), "POST new_things", { "new_account@odata.bind": `/accounts(${id})` });
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80048d19"]);
    expect(reply.body).toContain("An undeclared property 'new_account'");
  });

  it("refuse a row of another table", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST contacts", { contactid: id });
    const reply = await ask(emulator, "POST new_things", { "new_Account@odata.bind": `/contacts(${id})` });
    expect(reply.status).toBe(400);
  });

  it.each([{ "new_Account@odata.bind": null }, { new_Account: null }])("are cleared by %j", async (body) => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(7) });
    await ask(emulator, "POST new_things", { new_thingid: id, "new_Account@odata.bind": `/accounts(${guid(7)})` });
    await ask(emulator, `PATCH new_things(${id})`, body);
    expect(emulator.rows("new_thing")[0]?.["new_account"]).toBeNull();
  });

  it("of several targets keep only the last one bound", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(7) });
    await ask(emulator, "POST contacts", { contactid: guid(8) });
    await ask(emulator, `PATCH contacts(${id})`, { "parentcustomerid_account@odata.bind": `accounts(${guid(7)})` });
    await ask(emulator, `PATCH contacts(${id})`, { "parentcustomerid_contact@odata.bind": `contacts(${guid(8)})` });
    const row = emulator.rows("contact").find(({ contactid }) => contactid === id);
    expect(row?.["parentcustomerid"]).toEqual({ table: "contact", id: guid(8) });
  });

  it("are not written by their column", async () => {
    const reply = await ask(emulatorWith(), "POST new_things", { _new_account_value: id });
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80048d19"]);
  });
});

describe("bodies", () => {
  it.each(["", "[]", "{", '{"name":1e}', '"x"', '{"name":"x"} {}'])(
    "that are no JSON object are refused: %s",
    async (body) => {
      const reply = await ask(emulatorWith(), "POST accounts", body);
      expect([reply.status, codeOf(reply)]).toEqual([400, "0x80048d19"]);
    },
  );

  it("that are no UTF-8 are refused", async () => {
    const emulator = emulatorWith();
    const body = Buffer.from('{"name":"é"}', "latin1");
    const answer = await emulator.handle({ method: "POST", url: "/api/data/v9.2/accounts", headers: {}, body });
    expect(answer).toMatchObject({ status: 400 });
    expect(emulator.rows("account")).toEqual([]);
  });

  it("with an unknown property are refused", async () => {
    const reply = await ask(emulatorWith(), "POST accounts", { name: "x", nome: "y" });
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80048d19"]);
    expect(reply.body).toContain("The property 'nome' does not exist on type 'Microsoft.Dynamics.CRM.account'.");
  });

  it("may carry annotations", async () => {
    const reply = await ask(emulatorWith(), "POST accounts", {
      "@odata.type": "Microsoft.Dynamics.CRM.account",
      name: "x",
    });
    expect(reply.status).toBe(204);
  });
});
