import { describe, expect, it } from "vitest";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";
import type { LinkEnd } from "../../../../server/dataverse/mapping/link-end.ts";
import { linkEnd } from "../../../../server/dataverse/mapping/link-end.ts";
import type { ColumnRequest } from "../../../../server/dataverse/request.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch, schemaOf, text } from "../../../support/columns.ts";
import { attribute, ID, requestOf, tableOf } from "../../../support/dataverse/tables.ts";

const side = { table: "account", attribute: "accountid", navigation: "leads" };
const accounts = tableOf([attribute("accountnumber", "text"), attribute("name", "text"), attribute("city", "text")], {
  keys: [{ logicalName: "number", attributes: ["accountnumber"], active: true, indexStatus: "Active" }],
});
const links = tableOf([attribute("accountid", "guid")], { logicalName: "accountleads", primaryId: "accountleadid" });
const batch = recordBatch(text("a", [ID.toUpperCase(), "x", null]), text("b", ["Linz", "Linz", null]));

function endOf(column: Partial<ColumnRequest> | undefined): LinkEnd | string {
  const asked = column === undefined ? undefined : { sources: ["a"], target: "accountid", ...column };
  const related = new Map([["account", accounts]]);
  return linkEnd(side, asked, { schema: schemaOf(batch), request: requestOf({}), table: links, related });
}

function ids(column: Partial<ColumnRequest>, found = nothingFound): readonly unknown[] {
  const end = endOf(column);
  if (typeof end === "string") throw new Error(end);
  const write = end.bind(batch, found);
  return [0, 1, 2].map((row) => {
    const out = new Bytes(16);
    const flaw = write(row, out);
    return flaw === undefined ? out.view(0, out.length).toString("latin1") : { ...flaw };
  });
}

describe("the end of a link", () => {
  it.each([[undefined], [{ by: [] }], [{ by: ["accountid"], table: "account" }]])("is a GUID: %j", (lookup) => {
    const column = lookup === undefined ? {} : { lookup };
    expect(endOf(column)).not.toHaveProperty("sought");
    expect(ids(column)).toEqual([
      ID,
      { column: "accountid", is: expect.stringContaining("no GUID") },
      { column: "accountid", is: expect.stringContaining("null") },
    ]);
  });

  it.each([["accountnumber"], ["name"]])("is read for by any other key, even one that a URL can name: %s", (by) => {
    const kinds = [{ kind: "business", table: { logicalName: "account" }, by: [{ logicalName: by }] }];
    expect(endOf({ lookup: { by: [by] } })).toMatchObject({ sources: [0], sought: { sources: [0], targets: kinds } });
  });

  it("takes as many columns as its key has", () => {
    const column = { sources: ["b", "a"], lookup: { by: ["city", "name"] } };
    expect(endOf(column)).toMatchObject({ sources: [1, 0], sought: { sources: [1, 0] } });
  });

  it("is the row that was found, or why there is none", () => {
    const missing = { code: "lookup_missing", message: "", retryable: true } as const;
    const found = { references: new Map([["accountid", [ID, missing, undefined]]]) };
    const nothing = { column: "accountid", is: expect.stringContaining("null") };
    expect(ids({ lookup: { by: ["name"] } }, found)).toEqual([ID, missing, nothing]);
    expect(ids({ lookup: { by: ["name"] } })).toEqual([nothing, nothing, nothing]);
  });

  it.each([
    [undefined, "accountid is one of the two ids of a link, but no input column maps to it"],
    [{ sources: ["x"] }, "there is no input column x (for accountid)"],
    [{ sources: ["a", "b"] }, "accountid takes one input column, not 2"],
    [{ onlyOn: "CREATE" as const }, 'accountid is an end of a link: leave "onlyOn" out'],
    [{ choice: { by: "VALUE" as const } }, 'leave "choice" out'],
    [{ file: {} }, 'leave "file" out'],
    [{ lookup: { by: ["name"], tableFrom: "b" } }, 'leave "tableFrom" out'],
    [{ lookup: { by: ["name"], table: "lead" } }, "accountid leads to account, not to lead"],
    [{ lookup: { by: ["nme"] } }, "accountid goes by a key that cannot serve"],
    [{ lookup: { by: ["name", "city"] } }, "needs as many sources; it has 1"],
  ])("is refused: %j", (column, expected) => {
    expect(endOf(column)).toContain(expected);
  });
});
