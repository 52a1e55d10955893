import { describe, expect, it } from "vitest";
import { ask, guid } from "../support.ts";
import { environment, outcome } from "./tables.ts";

const id = guid(1);
const wish = { prefer: "return=representation" };
const query = "$select=name&$expand=primarycontactid($select=lastname)";

describe("a representation", () => {
  it("shows related rows with a new row, not with a changed one", async () => {
    const emulator = environment();
    const body = { accountid: id, name: "x", primarycontactid: { lastname: "Y" } };
    const created = await ask(emulator, `POST accounts?${query}`, body, wish);
    expect([created.status, JSON.parse(created.body).primarycontactid.lastname]).toEqual([201, "Y"]);
    expect(created.headers["odata-entityid"]).toBeUndefined();
    expect(created.headers["content-type"]).toBe("application/json; odata.metadata=minimal");
    const changed = await ask(emulator, `PATCH accounts(${id})?${query}`, { name: "z" }, wish);
    expect([changed.status, JSON.parse(changed.body).primarycontactid]).toEqual([200, undefined]);
    expect(JSON.parse(changed.body)["@odata.etag"]).toBe(changed.headers["etag"]);
  });

  it("says of an upsert by key what it did", async () => {
    const emulator = environment();
    const upsert = () => ask(emulator, "PATCH accounts(accountnumber='A')?$select=accountid", { name: "x" }, wish);
    expect([(await upsert()).status, (await upsert()).status]).toEqual([201, 200]);
  });
});

describe("the named primary key", () => {
  it("addresses a row, of users and teams under the name that they inherit", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountid: id });
    await ask(emulator, "POST systemusers", { systemuserid: id });
    expect(outcome(await ask(emulator, `GET accounts(accountid=${id})`))).toBe("200");
    expect(outcome(await ask(emulator, `GET systemusers(systemuserid=${id})`))).toBe("400 0x80060890");
    expect(outcome(await ask(emulator, `GET systemusers(ownerid=${id})`))).toBe("200");
  });
});
