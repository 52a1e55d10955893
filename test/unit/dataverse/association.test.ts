import { describe, expect, it } from "vitest";
import { judge } from "../../../server/dataverse/faults.ts";
import { compileMapping, relatedTables } from "../../../server/dataverse/mapping.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import type { Table } from "../../../server/dataverse/tables.ts";
import { recordBatch } from "../../support/columns.ts";
import { columnOf, int, utf8 } from "../../support/dataverse/columns.ts";
import { planOf } from "../../support/dataverse/plans.ts";
import { attribute, encodeRow, ID, mappingOf, requestOf, tableOf } from "../../support/dataverse/tables.ts";
import { refusal, reply } from "./wire-mapping.ts";

const other = ID.replace("6f", "7a");
const root = "https://contoso.crm.dynamics.com/api/data/v9.2";
const accounts = tableOf([]);
const leads = tableOf([], { logicalName: "lead", entitySetName: "leads", primaryId: "leadid" });
const links: Table = tableOf([attribute("accountid", "guid"), attribute("leadid", "guid")], {
  logicalName: "accountleads",
  entitySetName: "accountleadscollection",
  primaryId: "accountleadid",
  messages: new Set(),
  intersect: {
    root,
    first: { table: "account", attribute: "accountid", navigation: "accountleads_association" },
    second: { table: "lead", attribute: "leadid", navigation: "accountleads_Association" },
  },
});

const columns = [columnOf("accountid", utf8, [ID, ID, null]), columnOf("leadid", utf8, [other, "x", other])];
const insert = { columns, table: links, related: [accounts, leads], request: { mode: "INSERT" } as const };
const pair = ["accountid", "leadid"];
const remove = { ...insert, request: { mode: "DELETE", matchOn: pair } as const };

function refused(request: Partial<PublishRequest>, given = columns): string {
  try {
    compileMapping({ fields: given.map(({ field }) => field) }, requestOf(request), links, new Map());
  } catch (error) {
    return String(error);
  }
  return "accepted";
}

describe("a link", () => {
  it("is made in the collection of the first side, with the other side's row named in full", () => {
    expect(planOf(insert)).toEqual([
      {
        step: 0,
        request: `POST accounts(${ID})/accountleads_association/$ref`,
        headers: "Content-Type: application/json",
        body: `{"@odata.id":"${root}/leads(${other})"}`,
        file: undefined,
      },
    ]);
  });

  it("is taken apart there", () => {
    expect(planOf(remove)).toEqual([
      expect.objectContaining({ request: `DELETE accounts(${ID})/accountleads_association(${other})/$ref`, body: "" }),
    ]);
  });

  it("is told by both of its ids, whatever their case", () => {
    const twins = [
      columnOf("accountid", utf8, [ID, ID.toUpperCase(), ID]),
      columnOf("leadid", utf8, [other, other, ID]),
    ];
    const encoder = mappingOf({ ...insert, columns: twins }).encoder("batch");
    encoder.bind(recordBatch(...twins));
    const [first, same, different] = [0, 1, 2].map((row) => encoder.foldedKey(row, undefined));
    expect([first === same, first === different]).toEqual([true, false]);
  });

  it("fails where one of them is none", () => {
    expect(encodeRow(insert, 1)).toMatchObject({ code: "value_not_mappable", column: "leadid" });
    expect(encodeRow(insert, 2)).toMatchObject({ code: "value_not_mappable", column: "accountid" });
    const encoder = mappingOf(insert).encoder("batch");
    encoder.bind(recordBatch(...columns));
    expect(encoder.foldedKey(2, undefined)).toBe(-1);
  });

  it("needs both of its tables to be read", () => {
    expect(relatedTables(requestOf({}), links)).toEqual(["account", "lead"]);
    expect(() => mappingOf({ ...insert, related: [] }).encoder("batch")).toThrow("was not read");
  });

  it("goes by parts, and never by a bulk message", () => {
    const mapping = mappingOf(insert);
    expect([mapping.strategy, mapping.steps, mapping.encoder("batch").stepAfter(0, 0)]).toEqual([
      "BATCH",
      1,
      undefined,
    ]);
  });
});

describe("a link is refused", () => {
  it.each([
    [{ mode: "UPDATE", matchOn: pair }, "INSERT associates, DELETE takes apart"],
    [{ mode: "UPSERT", matchOn: pair }, "INSERT associates, DELETE takes apart"],
    [{ mode: "DELETE", matchOn: ["accountid"] }, "matchOn must be accountid, leadid"],
    [{ strategy: "BULK" }, "use AUTO or BATCH"],
    [{ columns: [{ sources: ["accountid"], target: "name" }] }, "name is no part of a link: accountid, leadid are"],
    [{ columns: [{ sources: ["accountid"], target: "accountid", lookup: { by: [] } }] }, 'leave "lookup" out'],
    [{ columns: [{ sources: ["accountid"], target: "accountid" }] }, "leadid is one of the two ids of a link"],
  ] as const)("%j", (request, expected) => {
    expect(refused(request)).toContain(expected);
  });

  it("where an id is no GUID", () => {
    const [first] = columns;
    const given = first === undefined ? [] : [first, columnOf("leadid", int(32), [1n])];
    expect(refused({}, given)).toContain("leadid (int32) cannot be sent to leadid");
  });
});

describe("what the service says of a link", () => {
  const missing = (table: string) => refusal(404, "0x80040217", `${table} With Id = ${other} Does Not Exist`);

  it("that one of its rows is missing: no link to take apart, and none to make", () => {
    expect(judge(missing("lead"), mappingOf(remove), false)).toMatchObject({ kind: "applied", outcome: "unchanged" });
    expect(judge(missing("lead"), mappingOf(insert), false)).toMatchObject({
      failure: { code: "lookup_missing", column: "leadid", retryable: true },
    });
    expect(judge(missing("task"), mappingOf(insert), false)).toMatchObject({ failure: { code: "row_rejected" } });
  });

  it("that it is there already is read, not believed", () => {
    expect(judge(refusal(412, "0x80040237"), mappingOf(insert), false).kind).toBe("duplicate");
    expect(judge(reply(204), mappingOf(insert), false)).toMatchObject({ kind: "applied", outcome: "created" });
  });
});
