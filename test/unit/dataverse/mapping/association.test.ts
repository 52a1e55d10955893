import { describe, expect, it } from "vitest";
import { judge } from "../../../../server/dataverse/answers/faults.ts";
import { compileMapping, relatedTables } from "../../../../server/dataverse/mapping/mapping.ts";
import type { Table } from "../../../../server/dataverse/metadata/tables.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch } from "../../../support/columns.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { planOf } from "../../../support/dataverse/plans.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, encodeRow, ID, mappingOf, requestOf, tableOf } from "../../../support/dataverse/tables.ts";
import { refusal, reply } from "../wire-mapping.ts";

const other = ID.replace("6f", "7a");
const root = "https://contoso.crm.dynamics.com/api/data/v9.2";
const accounts = tableOf([attribute("accountnumber", "text"), attribute("name", "text"), attribute("city", "text")], {
  keys: [{ logicalName: "number", attributes: ["accountnumber"], active: true, indexStatus: "Active" }],
});
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
  const related = new Map([accounts, leads].map((table) => [table.logicalName, table]));
  try {
    compileMapping({ fields: given.map(({ field }) => field) }, requestOf(request), links, related);
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
    expect(() => mappingOf({ ...insert, related: [] })).toThrow("the table lead that leadid leads to is not known");
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

const named = [
  columnOf("number", utf8, ["A/1", "A2", null, "A1"]),
  columnOf("leadid", utf8, [other, other, other, "x"]),
];
const missing = { code: "lookup_missing", column: "accountid", message: "", retryable: true } as const;
const found = { references: new Map([["accountid", [ID, missing, undefined, ID]]]) };

function byNumber(mode: "INSERT" | "DELETE", by = ["accountnumber"]): Scene {
  const request = {
    mode,
    matchOn: mode === "DELETE" ? pair : [],
    columns: [
      { sources: ["number"], target: "accountid", lookup: { by } },
      { sources: ["leadid"], target: "leadid" },
    ],
  };
  return { ...insert, columns: named, request };
}

function sent(scene: Scene, row: number): unknown {
  const encoder = mappingOf(scene).encoder("batch");
  encoder.bind(recordBatch(...named), found);
  const out = new Bytes(64);
  const failure = encoder.encode(row, 0, undefined, out);
  return failure ?? out.view(0, out.length).toString("latin1");
}

describe("a link whose end is named by a key", () => {
  it("has the row that was found in its address, of both requests", () => {
    expect(sent(byNumber("INSERT"), 0)).toContain(`POST /api/data/v9.2/accounts(${ID})/accountleads_association/$ref`);
    expect(sent(byNumber("DELETE"), 0)).toContain(`/accounts(${ID})/accountleads_association(${other})/$ref`);
  });

  it("fails as a lookup where the row is missing, or is no link to take apart", () => {
    expect(sent(byNumber("INSERT"), 1)).toBe(missing);
    expect(sent(byNumber("DELETE"), 1)).toMatchObject({ code: "row_missing", retryable: false });
  });

  it("fails for its own values", () => {
    expect(sent(byNumber("INSERT"), 2)).toMatchObject({ code: "value_not_mappable", column: "accountid" });
    expect(sent(byNumber("INSERT"), 3)).toMatchObject({ code: "value_not_mappable", column: "leadid" });
  });

  it("is one link with that of the same row named otherwise", () => {
    const [byName, byId] = [byNumber("INSERT"), insert].map((scene) => {
      const encoder = mappingOf(scene).encoder("batch");
      encoder.bind(recordBatch(...scene.columns), found);
      return encoder.foldedKey(0, undefined);
    });
    expect(byName).toBe(byId);
  });

  it("is read back by the ids that were found; of a row that was not, nothing is", () => {
    const { finding } = mappingOf(byNumber("INSERT"));
    const keys = finding?.keys(recordBatch(...named), found);
    expect([0, 1, 2].map((row) => keys?.(row))).toEqual([
      [ID, other],
      { column: "accountid", is: "a reference to a row that was not found" },
      { column: "accountid", is: expect.stringContaining("null") },
    ]);
  });
});

describe("a link is refused", () => {
  it.each([
    [{ mode: "UPDATE", matchOn: pair }, "INSERT associates, DELETE takes apart"],
    [{ mode: "UPSERT", matchOn: pair }, "INSERT associates, DELETE takes apart"],
    [{ mode: "DELETE", matchOn: ["accountid"] }, "matchOn must be accountid, leadid"],
    [{ strategy: "BULK" }, "use AUTO or BATCH"],
    [{ mode: "DELETE", matchOn: pair, rowVersion: "leadid" }, "which have no version: leave rowVersion out"],
    [{ columns: [{ sources: ["accountid"], target: "name" }] }, "name is no part of a link: accountid, leadid are"],
    [
      { columns: [{ sources: ["accountid", "leadid"], target: "accountid" }] },
      "accountid takes one input column, not 2",
    ],
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
  const absent = (table: string) => refusal(404, "0x80040217", `${table} With Id = ${other} Does Not Exist`);

  it("that one of its rows is missing: no link to take apart, and none to make", () => {
    expect(judge(absent("lead"), mappingOf(remove), false)).toMatchObject({ kind: "applied", outcome: "unchanged" });
    expect(judge(absent("lead"), mappingOf(insert), false)).toMatchObject({
      failure: { code: "lookup_missing", column: "leadid", retryable: true },
    });
    expect(judge(absent("task"), mappingOf(insert), false)).toMatchObject({ failure: { code: "row_rejected" } });
  });

  it("that it is there already is read, not believed", () => {
    expect(judge(refusal(412, "0x80040237"), mappingOf(insert), false).kind).toBe("duplicate");
    expect(judge(reply(204), mappingOf(insert), false)).toMatchObject({ kind: "applied", outcome: "created" });
  });
});
