import type { DynamicsWebApi } from "dynamics-web-api";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Environment } from "./client.ts";
import { rejection, startEnvironment } from "./client.ts";

let environment: Environment;
let client: DynamicsWebApi;

beforeAll(async () => {
  environment = await startEnvironment();
  client = environment.connect();
});
beforeEach(() => environment.emulator.reset());
afterAll(() => environment.emulator.end());

const nobody = "00000000-0000-4000-8000-000000000000";
const account = (data: object): Promise<string> => client.create<object, string>({ collection: "accounts", data });

describe("one row", () => {
  it("is created, read, changed and deleted", async () => {
    const key = await account({ name: "Contoso", numberofemployees: 7 });
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    expect(await client.update({ collection: "accounts", key, data: { name: "Changed" } })).toBe(true);
    const row = await client.retrieve({ collection: "accounts", key, select: ["name", "numberofemployees"] });
    expect(row).toMatchObject({ accountid: key, name: "Changed", numberofemployees: 7 });
    expect(await client.deleteRecord({ collection: "accounts", key })).toBe(true);
    expect(await rejection(client.retrieve({ collection: "accounts", key }))).toMatchObject({
      status: 404,
      code: "0x80040217",
    });
  });

  it("comes back with its writes", async () => {
    const made = await client.create<object, { accountid: string }>({
      collection: "accounts",
      data: { name: "Contoso" },
      returnRepresentation: true,
      select: ["name", "statecode"],
    });
    expect(made).toMatchObject({ name: "Contoso", statecode: 0 });
    const changed = await client.update({
      collection: "accounts",
      key: made.accountid,
      data: { fax: "9" },
      returnRepresentation: true,
      select: ["fax"],
    });
    expect(changed).toMatchObject({ fax: "9" });
  });

  it("is made or changed by upsert, and only made or only changed where that is asked", async () => {
    const upsert = { collection: "accounts", key: nobody, data: { name: "a" } };
    expect(await client.upsert({ ...upsert, ifmatch: "*" })).toBeNull();
    expect(await client.upsert(upsert)).toBe(nobody);
    expect(await client.upsert({ ...upsert, ifnonematch: "*" })).toBeNull();
    expect(await client.upsert({ ...upsert, data: { name: "b" }, returnRepresentation: true })).toMatchObject({
      name: "b",
    });
  });

  it("is found by its alternate key", async () => {
    const key = "accountnumber='A-1'";
    await client.upsert({ collection: "accounts", key, data: { name: "by key" } });
    expect(await client.retrieve({ collection: "accounts", key, select: ["name"] })).toMatchObject({ name: "by key" });
  });

  it("keeps off who knew an older version", async () => {
    const key = await account({ name: "a" });
    const { "@odata.etag": ifmatch } = await client.retrieve({ collection: "accounts", key });
    await client.update({ collection: "accounts", key, data: { name: "b" } });
    expect(await client.update({ collection: "accounts", key, ifmatch, data: { name: "c" } })).toBe(false);
    expect(await client.deleteRecord({ collection: "accounts", key, ifmatch })).toBe(false);
    const unread = { collection: "accounts", key, ifnonematch: ifmatch };
    expect(await client.retrieve(unread)).toMatchObject({ name: "b" });
  });

  it("has properties that are read, written and cleared alone", async () => {
    const key = await account({ name: "a", fax: "1" });
    await client.updateSingleProperty({ collection: "accounts", key, fieldValuePair: { name: "alone" } });
    await client.deleteRecord({ collection: "accounts", key, property: "fax" });
    expect(await client.retrieve({ collection: "accounts", key, select: ["name", "fax"] })).toMatchObject({
      name: "alone",
      fax: null,
    });
  });

  it("is refused with the service's code and words", async () => {
    expect(await rejection(account({ nome: "x" }))).toMatchObject({
      status: 400,
      code: "0x80048d19",
      message: expect.stringContaining("nome") as unknown,
    });
    expect(await rejection(account({ name: "x".repeat(161) }))).toMatchObject({ status: 400, code: "0x80044331" });
  });
});

describe("links", () => {
  it("are made and undone, to one row and to many", async () => {
    const [company, ann] = await Promise.all([
      account({ name: "Contoso" }),
      client.create<object, string>({ collection: "contacts", data: { lastname: "Lee" } }),
    ]);
    const single = { collection: "accounts", primaryKey: company, navigationProperty: "primarycontactid" };
    await client.associateSingleValued({ ...single, relatedCollection: "contacts", relatedKey: ann });
    const many = { collection: "accounts", primaryKey: company, relationshipName: "contact_customer_accounts" };
    await client.associate({ ...many, relatedCollection: "contacts", relatedKey: ann });
    const expand = [{ property: "primarycontactid", select: ["lastname"] }, { property: "contact_customer_accounts" }];
    const row = await client.retrieve({ collection: "accounts", key: company, select: ["name"], expand });
    expect(row).toMatchObject({
      primarycontactid: { lastname: "Lee" },
      contact_customer_accounts: [{ lastname: "Lee" }],
    });
    await client.disassociateSingleValued(single);
    await client.disassociate({ ...many, relatedKey: ann });
    const undone = await client.retrieve({ collection: "accounts", key: company, expand });
    expect(undone).toMatchObject({ primarycontactid: null, contact_customer_accounts: [] });
  });

  it("are bound with the row, whose children may come along", async () => {
    const key = await account({
      name: "Contoso",
      primarycontactid: { lastname: "Lee" },
      contact_customer_accounts: [{ lastname: "One" }, { lastname: "Two" }],
    });
    const expand = [
      { property: "primarycontactid" },
      { property: "contact_customer_accounts", select: ["lastname"], orderBy: ["lastname desc"], top: 1 },
    ];
    expect(await client.retrieve({ collection: "accounts", key, expand })).toMatchObject({
      primarycontactid: { lastname: "Lee" },
      contact_customer_accounts: [{ lastname: "Two" }],
    });
    const child = { collection: "accounts", key, navigationProperty: "primarycontactid", select: ["lastname"] };
    expect(await client.retrieve(child)).toMatchObject({ lastname: "Lee" });
  });
});

describe("functions and actions", () => {
  it("are called unbound", async () => {
    expect(await client.callFunction("WhoAmI")).toMatchObject({ UserId: expect.any(String) as unknown });
    expect(await client.callFunction({ name: "RetrieveVersion" })).toMatchObject({ Version: /^9\.2/ });
    await account({ name: "a" });
    const counts = await client.callFunction({
      name: "RetrieveTotalRecordCount",
      parameters: { EntityNames: ["account"] },
    });
    expect(counts).toMatchObject({ EntityRecordCountCollection: { Keys: ["account"], Values: [1] } });
  });

  it("are called on a table", async () => {
    const target = (name: string): object => ({ "@odata.type": "Microsoft.Dynamics.CRM.account", name });
    const made = await client.callAction({
      collection: "accounts",
      actionName: "Microsoft.Dynamics.CRM.CreateMultiple",
      action: { Targets: [target("a"), target("b")] },
    });
    expect((made as { Ids: string[] }).Ids).toHaveLength(2);
  });
});

describe("files", () => {
  it.each([
    ["in one chunk", 1000],
    ["in several", 4 * 1024 * 1024 + 5],
  ])("go up and come down %s", async (_how, size) => {
    const data = Buffer.alloc(size, "abcdefg");
    const key = await client.create<object, string>({ collection: "new_folders", data: { new_name: "f" } });
    await client.uploadFile({ collection: "new_folders", key, property: "new_plan", fileName: "plan.bin", data });
    const file = await client.downloadFile({ collection: "new_folders", key, property: "new_plan" });
    expect([file.fileName, file.fileSize]).toEqual(["plan.bin", size]);
    expect(data.equals(file.data)).toBe(true);
    await client.deleteRecord({ collection: "new_folders", key, property: "new_plan" });
    expect(await client.retrieve({ collection: "new_folders", key })).toMatchObject({ new_plan: null });
  });
});
