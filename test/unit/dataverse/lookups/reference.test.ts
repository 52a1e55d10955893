import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { Found } from "../../../../server/dataverse/keys/found.ts";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";
import type { ResolvedLookup } from "../../../../server/dataverse/lookups/lookup-context.ts";
import { resolveLookup } from "../../../../server/dataverse/lookups/lookups.ts";
import type { ColumnRequest } from "../../../../server/dataverse/request.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch, schemaOf, text } from "../../../support/columns.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, ID, mappingOf, orderTable, tableOf } from "../../../support/dataverse/tables.ts";

const key = { logicalName: "by_number", attributes: ["accountnumber"], active: true, indexStatus: "Active" };
const account = tableOf([attribute("accountnumber", "text"), attribute("name", "text")], { keys: [key] });
const contact = tableOf([attribute("name", "text")], {
  logicalName: "contact",
  entitySetName: "contacts",
  primaryId: "contactid",
});

function sceneOf(columns: readonly Column[], lookup: ColumnRequest["lookup"]): Scene {
  const request: ColumnRequest = { sources: ["k"], target: "customerid", ...(lookup === undefined ? {} : { lookup }) };
  return { columns, table: orderTable, request: { columns: [request] }, related: [account, contact] };
}

function values(scene: Scene, found: Found = nothingFound): readonly string[] {
  const batch = recordBatch(...scene.columns);
  const write = resolved(scene).bind(batch, found);
  return Array.from({ length: batch.rows }, (_, row) => {
    const out = new Bytes(16);
    return write(row, out) ?? out.view(0, out.length).toString("latin1");
  });
}

function resolved({ columns, table, request, related = [] }: Scene): ResolvedLookup {
  const { fields } = schemaOf(recordBatch(...columns));
  const [column] = request?.columns ?? [];
  const attribute = table.attributes.get("customerid");
  const [field] = fields;
  if (column === undefined || attribute === undefined || field === undefined) throw new Error("no lookup");
  const tables = new Map(related.map((one) => [one.logicalName, one]));
  const context = { column, sources: [{ index: 0, field }], attribute, schema: { fields }, table, related: tables };
  const lookup = resolveLookup(context);
  if (typeof lookup === "string") throw new Error(lookup);
  return lookup;
}

function foundIds(...ids: readonly (string | undefined)[]): Found {
  return { references: new Map([["customerid", ids]]) };
}

describe("a reference", () => {
  it("is the id that was found, else the key", () => {
    const scene = sceneOf([text("k", ["A/1", "A1"])], { table: "account", by: ["accountnumber"] });
    expect(values(scene, foundIds(ID, undefined))).toEqual([`"/accounts(${ID})"`, `"/accounts(accountnumber='A1')"`]);
  });

  it("by values that are no key must have been looked for", () => {
    const scene = sceneOf([text("k", ["x"])], { table: "account", by: ["name"] });
    expect(values(scene, foundIds(ID))).toEqual([`"/accounts(${ID})"`]);
    expect(() => values(scene)).toThrow("was not looked for");
  });

  it("takes the navigation property of the table that its row names", () => {
    const scene = sceneOf([text("k", [ID, ID, ID]), text("t", ["account", "contacts", "lead"])], {
      by: [],
      tableFrom: "t",
    });
    expect(values(scene)).toEqual([
      `,"customerid_account@odata.bind":"/accounts(${ID})"`,
      `,"customerid_contact@odata.bind":"/contacts(${ID})"`,
      "a reference to a table that is none of account, contact",
    ]);
  });

  it("tells whose value is flawed, and how", () => {
    const scene = sceneOf([text("k", ["x"])], { table: "account", by: [] });
    expect(values(scene)[0]).toMatch(/^a reference to account whose accountid is text that is no GUID/);
  });

  it("is kept in the mapping for each table it can lead to", () => {
    const mapping = mappingOf(sceneOf([text("k", []), text("t", [])], { by: [], tableFrom: "t" }));
    expect(mapping.targets.map(({ property, lookup }) => [property, lookup?.table.logicalName])).toEqual([
      ["customerid_account@odata.bind", "account"],
      ["customerid_contact@odata.bind", "contact"],
    ]);
    expect(mapping.mappedColumns).toEqual([0, 1]);
  });
});
