import type { DynamicsWebApi } from "dynamics-web-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "./client.ts";
import { rejection, startEnvironment } from "./client.ts";

let environment: Environment;
let client: DynamicsWebApi;

/** Two companies, twelve people of the first; nothing is changed by a test but rows of its own. */
beforeAll(async () => {
  environment = await startEnvironment();
  client = environment.connect();
  const [north] = await Promise.all(
    ["North", "South"].map((name) => client.create<object, string>({ collection: "accounts", data: { name } })),
  );
  client.startBatch();
  for (let number = 0; number < 12; number += 1) {
    const data = {
      firstname: "P",
      lastname: String(number).padStart(2, "0"),
      numberofchildren: number,
      gendercode: 1 + (number % 2),
      "parentcustomerid_account@odata.bind": `/accounts(${north})`,
    };
    void client.create({ collection: "contacts", data });
  }
  await client.executeBatch();
});
afterAll(() => environment.emulator.end());

const people = { collection: "contacts", select: ["lastname"], orderBy: ["lastname"] };
const names = (rows: readonly { lastname: string }[]): readonly string[] => rows.map(({ lastname }) => lastname);

describe("retrieveMultiple", () => {
  it("filters, orders, stops and counts", async () => {
    const { value, oDataCount } = await client.retrieveMultiple({
      ...people,
      filter: "numberofchildren ge 5 and contains(lastname,'0')",
      count: true,
      top: 2,
    });
    expect(names(value)).toEqual(["05", "06"]);
    expect(oDataCount).toBe(6);
  });

  it("follows the link to the next page, and to the last", async () => {
    const first = await client.retrieveMultiple({ ...people, maxPageSize: 5 });
    expect(first.value).toHaveLength(5);
    const second = await client.retrieveMultiple({ ...people, maxPageSize: 5 }, first.oDataNextLink);
    expect(names(second.value)).toEqual(["05", "06", "07", "08", "09"]);
    const { value } = await client.retrieveAll({ ...people, maxPageSize: 5 });
    expect(value).toHaveLength(12);
  });

  it("shows what people read, under names without signs", async () => {
    const { value } = await client.retrieveMultiple({
      collection: "contacts",
      select: ["gendercode", "_parentcustomerid_value"],
      filter: "lastname eq '01'",
      includeAnnotations: "*",
    });
    expect(value[0]).toMatchObject({
      gendercode_Formatted: "Female",
      _parentcustomerid_value_Formatted: "North",
      _parentcustomerid_value_LogicalName: "account",
    });
  });

  it("expands lookups and collections", async () => {
    const expand = [
      {
        property: "contact_customer_accounts",
        select: ["lastname"],
        filter: "numberofchildren lt 2",
        orderBy: ["lastname"],
      },
    ];
    const { value } = await client.retrieveMultiple({ collection: "accounts", orderBy: ["name"], expand });
    expect(names(value[0].contact_customer_accounts)).toEqual(["00", "01"]);
    expect(value[1].contact_customer_accounts).toEqual([]);
    const up = await client.retrieveMultiple({ ...people, top: 1, expand: [{ property: "parentcustomerid_account" }] });
    expect(up.value[0].parentcustomerid_account).toMatchObject({ name: "North" });
  });

  it("counts alone", async () => {
    expect(await client.count({ collection: "contacts" })).toBe(12);
    expect(await client.count({ collection: "contacts", filter: "numberofchildren lt 3" })).toBe(3);
    expect(await client.countAll({ collection: "contacts", filter: "numberofchildren lt 3" })).toBe(3);
  });

  it("is refused with the service's words", async () => {
    expect(await rejection(client.retrieveMultiple({ collection: "contacts", filter: "nome eq 1" }))).toMatchObject({
      status: 400,
      message: expect.stringContaining("Could not find a property named 'nome'") as unknown,
    });
    expect(await rejection(client.retrieveMultiple({ collection: "nothings" }))).toMatchObject({ status: 404 });
  });
});

describe("change tracking", () => {
  it("tells what was written and deleted since", async () => {
    const create = (name: string): Promise<string> => client.create({ collection: "accounts", data: { name } });
    const [kept, dropped] = [await create("kept"), await create("dropped")];
    const first = await client.retrieveMultiple({ collection: "accounts", select: ["name"], trackChanges: true });
    expect(first.oDataDeltaLink).toContain("$deltatoken=");
    await client.update({ collection: "accounts", key: kept, data: { name: "changed" } });
    await client.deleteRecord({ collection: "accounts", key: dropped });
    const second = await client.retrieveMultiple({ collection: "accounts" }, first.oDataDeltaLink);
    expect(second.value).toMatchObject([
      { accountid: kept, name: "changed" },
      { id: dropped, reason: "deleted" },
    ]);
    const third = await client.retrieveMultiple({ collection: "accounts" }, second.oDataDeltaLink);
    expect(third.value).toEqual([]);
    await client.deleteRecord({ collection: "accounts", key: kept });
  });
});

describe("fetch", () => {
  const fetchXml = `<fetch><entity name="contact"><attribute name="lastname"/><order attribute="lastname"/></entity></fetch>`;

  it("goes on by page number and cookie", async () => {
    const counted = fetchXml.replace("<fetch>", `<fetch count="5">`);
    const first = await client.fetch({
      collection: "contacts",
      fetchXml: counted,
      pageNumber: 1,
      includeAnnotations: "*",
    });
    expect(names(first.value)).toEqual(["00", "01", "02", "03", "04"]);
    const { cookie, nextPage } = first.PagingInfo ?? {};
    const second = await client.fetch({
      collection: "contacts",
      fetchXml: counted,
      pageNumber: nextPage ?? 0,
      pagingCookie: cookie ?? "",
      includeAnnotations: "*",
    });
    expect(names(second.value)).toEqual(["05", "06", "07", "08", "09"]);
  });

  it("reads every page", async () => {
    const counted = fetchXml.replace("<fetch>", `<fetch count="5">`);
    const { value } = await client.fetchAll({ collection: "contacts", fetchXml: counted, includeAnnotations: "*" });
    expect(value).toHaveLength(12);
  });
});
