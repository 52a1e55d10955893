import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, batch, changeSet, guid, part, partStatuses } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const [account, contact, thing] = [guid(1), guid(2), guid(3)];
const root = "https://localhost/api/data/v9.2/";

async function withRows(): Promise<Emulator> {
  const emulator = environment();
  await ask(emulator, "POST accounts", { accountid: account, accountnumber: "A" });
  await ask(emulator, "POST contacts", { contactid: contact, lastname: "Y" });
  await ask(emulator, "POST new_things", { new_thingid: thing });
  return emulator;
}

describe("$ref of a single-valued property", () => {
  it.each([`${root}contacts(${contact})`, `/contacts(${contact})`, `contacts(${contact})`])(
    "is put as %s and deleted",
    async (uri) => {
      const emulator = await withRows();
      const path = `accounts(${account})/primarycontactid/$ref`;
      expect(outcome(await ask(emulator, `PUT ${path}`, { "@odata.id": uri }))).toBe("204");
      expect(rowOf(emulator, "account", account)?.["primarycontactid"]).toEqual({ table: "contact", id: contact });
      expect(outcome(await ask(emulator, `DELETE ${path}`))).toBe("204");
      expect(rowOf(emulator, "account", account)?.["primarycontactid"]).toBeNull();
    },
  );

  it.each([
    ["no such row", { "@odata.id": `${root}contacts(${guid(9)})` }, "404 0x80040217"],
    ["a row of another table", { "@odata.id": `${root}accounts(${account})` }, "400 0x80048d19"],
    ["no URL", {}, "400 0x80048d19"],
    ["a number", { "@odata.id": 1 }, "400 0x80048d19"],
  ])("refuses %s", async (_what, body, expected) => {
    const emulator = await withRows();
    expect(outcome(await ask(emulator, `PUT accounts(${account})/primarycontactid/$ref`, body))).toBe(expected);
  });

  it("knows the case of the property, and the row", async () => {
    const emulator = await withRows();
    const body = { "@odata.id": `${root}contacts(${contact})` };
    expect((await ask(emulator, `PUT accounts(${account})/primaryContactId/$ref`, body)).status).toBe(404);
    expect((await ask(emulator, `PUT accounts(${account})/name/$ref`, body)).status).toBe(404);
    expect(outcome(await ask(emulator, `PUT accounts(${guid(9)})/primarycontactid/$ref`, body))).toBe("404 0x80040217");
    expect((await ask(emulator, `POST accounts(${account})/primarycontactid/$ref`, body)).status).toBe(405);
  });

  it("clears the other targets of a polymorphic lookup", async () => {
    const emulator = await withRows();
    const put = (name: string, uri: string) =>
      ask(emulator, `PUT new_things(${thing})/${name}/$ref`, { "@odata.id": uri });
    await put("new_Any_account", `${root}accounts(${account})`);
    await put("new_Any_contact", `${root}contacts(${contact})`);
    expect(rowOf(emulator, "new_thing", thing)?.["new_any"]).toEqual({ table: "contact", id: contact });
  });
});

describe("$ref of a collection", () => {
  const many = `accounts(${account})/contact_customer_accounts`;
  const both = `new_things(${thing})/new_thing_contact`;

  it.each([
    ["by its id in brackets", (path: string) => `${path}(${contact})/$ref`],
    ["by $id", (path: string) => `${path}/$ref?$id=${root}contacts(${contact})`],
    ["by an encoded $id", (path: string) => `${path}/$ref?$id=${encodeURIComponent(`${root}contacts(${contact})`)}`],
  ])("is posted, and deleted %s", async (_how, removal) => {
    const emulator = await withRows();
    const body = { "@odata.id": `${root}contacts(${contact})` };
    expect(outcome(await ask(emulator, `POST ${many}/$ref`, body))).toBe("204");
    expect(outcome(await ask(emulator, `POST ${both}/$ref`, body))).toBe("204");
    expect(rowOf(emulator, "contact", contact)?.["parentcustomerid"]).toEqual({ table: "account", id: account });
    expect(emulator.rows("new_thing_contact")).toMatchObject([{ new_thingid: thing, contactid: contact }]);
    expect(outcome(await ask(emulator, `DELETE ${removal(many)}`))).toBe("204");
    expect(outcome(await ask(emulator, `DELETE ${removal(both)}`))).toBe("204");
    expect(rowOf(emulator, "contact", contact)?.["parentcustomerid"]).toBeNull();
    expect(emulator.rows("new_thing_contact")).toEqual([]);
  });

  it("refuses a many-to-many link that is there, and the removal of one that is not", async () => {
    const emulator = await withRows();
    const body = { "@odata.id": `${root}contacts(${contact})` };
    await ask(emulator, `POST ${both}/$ref`, body);
    expect(outcome(await ask(emulator, `POST ${both}/$ref`, body))).toBe("412 0x80040237");
    expect(emulator.rows("new_thing_contact")).toHaveLength(1);
    await ask(emulator, `DELETE ${both}(${contact})/$ref`);
    expect(outcome(await ask(emulator, `DELETE ${both}(${contact})/$ref`))).toBe("404 0x80040217");
    expect(outcome(await ask(emulator, `DELETE ${many}(${contact})/$ref`))).toBe("404 0x80040217");
  });

  it("refuses rows of another table and methods that mean nothing", async () => {
    const emulator = await withRows();
    const wrong = { "@odata.id": `${root}accounts(${account})` };
    expect(outcome(await ask(emulator, `POST ${many}/$ref`, wrong))).toBe("400 0x80048d19");
    expect((await ask(emulator, `PUT ${many}/$ref`, wrong)).status).toBe(405);
    expect((await ask(emulator, `DELETE ${many}/$ref`)).status).toBe(405);
  });

  it("takes rows of the same change set", async () => {
    const emulator = await withRows();
    const set = changeSet([
      part("POST contacts", { lastname: "New" }),
      part(`POST ${many}/$ref`, { "@odata.id": "$1" }),
      part("POST $1/contact_customer_contacts/$ref", { "@odata.id": `${root}contacts(${contact})` }),
    ]);
    expect(partStatuses(await batch(emulator, [set]))).toEqual([204, 204, 204]);
  });

  it("goes with either row", async () => {
    const emulator = await withRows();
    const body = { "@odata.id": `${root}contacts(${contact})` };
    await ask(emulator, `POST ${both}/$ref`, body);
    await ask(emulator, `DELETE contacts(${contact})`);
    expect(emulator.rows("new_thing_contact")).toEqual([]);
  });

  it("is the only way to write an intersect table", async () => {
    const emulator = await withRows();
    const setName = "new_thing_contactset";
    expect(outcome(await ask(emulator, `POST ${setName}`, {}))).toBe("400 0x80040800");
    expect(outcome(await ask(emulator, `PATCH ${setName}(${guid(1)})`, {}))).toBe("400 0x80040800");
    expect(outcome(await ask(emulator, `DELETE ${setName}(${guid(1)})`))).toBe("400 0x80040800");
  });
});

describe("a single property", () => {
  it("is put and deleted", async () => {
    const emulator = await withRows();
    expect(outcome(await ask(emulator, `PUT accounts(${account})/name`, { value: "n" }))).toBe("204");
    expect(rowOf(emulator, "account", account)).toMatchObject({ name: "n", accountnumber: "A" });
    expect(outcome(await ask(emulator, `DELETE accounts(${account})/name`))).toBe("204");
    expect(rowOf(emulator, "account", account)).toMatchObject({ name: null, accountnumber: "A" });
    expect(outcome(await ask(emulator, "PUT accounts(accountnumber='A')/creditonhold", { value: true }))).toBe("204");
    expect(rowOf(emulator, "account", account)).toMatchObject({ creditonhold: true });
  });

  it.each([
    ["PUT", "name", {}, "400 0x80048d19"],
    ["PUT", "name", { value: 1 }, "400 0x80048d19"],
    ["PUT", "name", { value: "x".repeat(161) }, "400 0x80044331"],
    ["PUT", "nome", { value: "x" }, "404 0x8006088a"],
    ["PUT", "name/first", { value: "x" }, "404 0x8006088a"],
    ["PUT", "primarycontactid", { value: "x" }, "404 0x8006088a"],
    ["DELETE", "statecode", {}, "400 0x80048408"],
    ["DELETE", "nome", {}, "404 0x8006088a"],
  ])("is refused: %s %s %j", async (method, name, body, expected) => {
    const emulator = await withRows();
    expect(outcome(await ask(emulator, `${method} accounts(${account})/${name}`, body))).toBe(expected);
  });

  it("that is read-only stays as it is", async () => {
    const emulator = await withRows();
    const before = rowOf(emulator, "account", account)?.["createdon"];
    expect(outcome(await ask(emulator, `PUT accounts(${account})/createdon`, { value: "2020-01-01T00:00:00Z" }))).toBe(
      "204",
    );
    expect(rowOf(emulator, "account", account)?.["createdon"]).toBe(before);
  });

  it("takes no other method", async () => {
    const emulator = await withRows();
    expect((await ask(emulator, `PATCH accounts(${account})/name`, { value: "n" })).status).toBe(405);
  });
});
