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

const tooLong = { name: "x".repeat(161) };

/** The library collects what is called between start and execution; the promises of the calls never settle. */
function collect(...calls: readonly (() => Promise<unknown>)[]): void {
  client.startBatch();
  for (const call of calls) {
    void call();
  }
}

const create =
  (data: object, more: object = {}) =>
  (): Promise<unknown> =>
    client.create({ collection: "accounts", data, ...more });
const names = async (): Promise<readonly unknown[]> =>
  (await environment.emulator.rows("account")).map((row) => row["name"]).sort();

describe("executeBatch", () => {
  it("writes in one change set and reads beside it", async () => {
    const key = "00000000-0000-4000-8000-000000000001";
    collect(
      create({ accountid: key, name: "Grüße, 世界" }),
      create({ name: "second" }),
      () => client.retrieveMultiple({ collection: "accounts", select: ["name"], orderBy: ["name"] }),
      () => client.callFunction("WhoAmI"),
    );
    const [first, second, list, me] = await client.executeBatch();
    expect([first, typeof second]).toEqual([key, "string"]);
    expect(list.value.map(({ name }: { name: string }) => name)).toEqual(["Grüße, 世界", "second"]);
    expect(me.UserId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("refers to rows of the same change set", async () => {
    collect(
      () => client.create({ collection: "contacts", data: { lastname: "Lee" }, contentId: "1" }),
      create({ name: "Contoso", "primarycontactid@odata.bind": "$1" }, { contentId: "2" }),
      () =>
        client.create({
          collection: "tasks",
          data: { subject: "call", "regardingobjectid_account_task@odata.bind": "$2" },
        }),
      () => client.update({ collection: "$1", key: "", data: { firstname: "Ann" }, inChangeSet: true } as never),
    );
    await client.executeBatch();
    const expand = [{ property: "primarycontactid", select: ["fullname"] }];
    const { value } = await client.retrieveMultiple({ collection: "accounts", expand });
    expect(value).toMatchObject([{ name: "Contoso", primarycontactid: { fullname: "Ann Lee" } }]);
    const [task] = await environment.emulator.rows("task");
    expect(task).toMatchObject({ subject: "call", regardingobjectid: { table: "account", id: value[0].accountid } });
  });

  it("undoes the change set with its first bad row", async () => {
    collect(create({ name: "good" }), create(tooLong));
    expect(await rejection(client.executeBatch())).toMatchObject([{ error: { code: "0x80044331" } }]);
    expect(await names()).toEqual([]);
  });

  it("stops outside of change sets at the first bad row, or goes on", async () => {
    const outside = { inChangeSet: false };
    const three = [create({ name: "a" }, outside), create(tooLong, outside), create({ name: "b" }, outside)];
    collect(...three);
    await rejection(client.executeBatch());
    expect(await names()).toEqual(["a"]);
    collect(...three);
    expect(await client.executeBatch({ continueOnError: true })).toMatchObject([
      expect.any(String) as unknown,
      { error: { code: "0x80044331" } },
      expect.any(String) as unknown,
    ]);
    expect(await names()).toEqual(["a", "a", "b"]);
  });

  it("takes every kind of write", async () => {
    const key = await client.create<object, string>({ collection: "accounts", data: { name: "one", fax: "1" } });
    const other = await client.create<object, string>({ collection: "accounts", data: { name: "two" } });
    const contact = await client.create<object, string>({ collection: "contacts", data: { lastname: "Lee" } });
    collect(
      () => client.update({ collection: "accounts", key, data: { name: "changed" } }),
      () => client.upsert({ collection: "accounts", key: "accountnumber='A'", data: { name: "upserted" } }),
      () => client.updateSingleProperty({ collection: "accounts", key, fieldValuePair: { telephone1: "5" } }),
      () => client.deleteRecord({ collection: "accounts", key, property: "fax" }),
      () =>
        client.associateSingleValued({
          collection: "accounts",
          primaryKey: key,
          navigationProperty: "primarycontactid",
          relatedCollection: "contacts",
          relatedKey: contact,
        }),
      () =>
        client.associate({
          collection: "accounts",
          primaryKey: key,
          relationshipName: "contact_customer_accounts",
          relatedCollection: "contacts",
          relatedKey: contact,
        }),
      () => client.deleteRecord({ collection: "accounts", key: other }),
    );
    await client.executeBatch();
    expect(await names()).toEqual(["changed", "upserted"]);
    const row = await client.retrieve({
      collection: "accounts",
      key,
      expand: [{ property: "contact_customer_accounts" }],
    });
    expect(row).toMatchObject({
      telephone1: "5",
      fax: null,
      _primarycontactid_value: contact,
      contact_customer_accounts: [{ contactid: contact }],
    });
  });
});
