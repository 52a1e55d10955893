import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { LookupReading } from "../../../../server/dataverse/finding/lookup-reading.ts";
import { lookupReading, needsReading } from "../../../../server/dataverse/finding/lookup-reading.ts";
import type { SoughtLookup } from "../../../../server/dataverse/lookups/lookup-context.ts";
import type { ColumnRequest } from "../../../../server/dataverse/request.ts";
import { int32, recordBatch, text } from "../../../support/columns.ts";
import { attribute, ID, mappingOf, orderTable, tableOf } from "../../../support/dataverse/tables.ts";

const key = { logicalName: "by_number", attributes: ["accountnumber"], active: true, indexStatus: "Active" };
const attributes = [
  attribute("accountnumber", "text"),
  attribute("name", "text", { maxLength: 5 }),
  attribute("line", "integer"),
];
const account = tableOf(attributes, { keys: [key] });
const contact = tableOf(attributes, { logicalName: "contact", entitySetName: "contacts", primaryId: "contactid" });

function lookupOf(columns: readonly Column[], lookup: NonNullable<ColumnRequest["lookup"]>): SoughtLookup {
  const sources = columns.map(({ field }) => field.name).filter((name) => name !== lookup.tableFrom);
  const request = { columns: [{ sources, target: "customerid", lookup }] };
  const [found] = mappingOf({ columns, table: orderTable, request, related: [account, contact] }).references;
  if (found === undefined) throw new Error("no lookup");
  return found;
}

function reading(columns: readonly Column[], lookup: NonNullable<ColumnRequest["lookup"]>): LookupReading {
  return lookupReading(lookupOf(columns, lookup), recordBatch(...columns));
}

function asked({ questions }: LookupReading): unknown {
  return questions.map(({ target, keys }) => [target.table.logicalName, [...keys.values()]]);
}

describe("what a lookup must be read for", () => {
  it("is nothing where GUIDs name the rows", () => {
    const columns = [text("k", [ID])];
    expect(needsReading(lookupOf(columns, { table: "account", by: [] }), recordBatch(...columns))).toBe(false);
  });

  it("is each distinct value of attributes that are no key, once, and no null", () => {
    const columns = [text("k", ["a", "b", null, "A ", "b"])];
    const found = reading(columns, { table: "account", by: ["name"] });
    expect(needsReading(lookupOf(columns, { table: "account", by: ["name"] }), recordBatch(...columns))).toBe(true);
    expect(asked(found)).toEqual([["account", [["a"], ["b"]]]]);
    expect(found.ids).toEqual(new Array(5).fill(undefined));
  });

  it("is, of an alternate key, what no URL can hold", () => {
    const lookup = { table: "account", by: ["accountnumber"] };
    const plain = [text("k", ["a", "b"])];
    expect(needsReading(lookupOf(plain, lookup), recordBatch(...plain))).toBe(false);
    expect(asked(reading([text("k", ["a", "b/c", "b/c"])], lookup))).toEqual([["account", [["b/c"]]]]);
  });

  it("is asked of the table that each row names", () => {
    const columns = [text("k", ["a", "a", "b", "c"]), text("t", ["account", "contact", "contact", "lead"])];
    expect(asked(reading(columns, { by: ["name"], tableFrom: "t" }))).toEqual([
      ["account", [["a"]]],
      ["contact", [["a"], ["b"]]],
    ]);
  });

  it("is not a key with a part that is null, empty or does not fit: those rows fail", () => {
    const columns = [text("k", ["a", "a", "", "too long", null]), int32("l", [1, null, 1, 1, null])];
    const { ids, questions } = reading(columns, { table: "account", by: ["name", "line"] });
    expect(questions.map(({ keys }) => [...keys.values()])).toEqual([[["a", "1"]]]);
    expect(ids.map((id) => (typeof id === "object" ? id.message : id))).toEqual([
      undefined,
      "The value for customerid is a reference to account whose line is null, but a key part must have a value: it would name no row.",
      "The value for customerid is a reference to account whose name is an empty key part: it names no row.",
      "The value for customerid is a reference to account whose name is text longer than its maximum of 5 UTF-16 units.",
      undefined,
    ]);
    expect(ids[1]).toMatchObject({ code: "value_not_mappable", column: "customerid", retryable: false });
  });

  it("gives the answer to every row that asked", () => {
    const { ids, questions } = reading([text("k", ["a", "b", null, "A"])], { table: "account", by: ["name"] });
    questions[0]?.answer(new Map([["a", ID]]), ids);
    expect(ids).toEqual([ID, undefined, undefined, ID]);
  });
});
