import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { LookupKey } from "../../../../server/dataverse/lookups/lookup-context.ts";
import { lookupKey } from "../../../../server/dataverse/lookups/lookup-key.ts";
import { float64, text } from "../../../support/columns.ts";
import { attribute, tableOf } from "../../../support/dataverse/tables.ts";

const index = { active: true, indexStatus: "Active" };
const account = tableOf(
  [
    attribute("accountnumber", "text"),
    attribute("name", "text"),
    attribute("notes", "memo"),
    attribute("city", "text"),
  ],
  {
    keys: [
      { logicalName: "by_number", attributes: ["accountnumber"], ...index },
      { logicalName: "by_name", attributes: ["name", "accountnumber"], active: false, indexStatus: "Failed" },
    ],
  },
);
const parent = attribute("parentid", "lookup", { targets: ["account"] });

function key(by: readonly string[], columns: readonly Column[] = by.map((name) => text(name, []))): LookupKey | string {
  const column = { sources: columns.map(({ field }) => field.name), target: "parentid", lookup: { by } };
  const sources = columns.map(({ field }, position) => ({ index: position, field }));
  const schema = { fields: columns.map(({ field }) => field) };
  return lookupKey({ column, sources, attribute: parent, schema, table: account, related: new Map() }, account);
}

describe("the key of a lookup", () => {
  it.each([
    [[], "primary"],
    [["accountid"], "primary"],
    [["accountnumber"], "alternate"],
    [["name"], "business"],
  ] as const)("of %j is %s", (by, kind) => {
    expect(key(by, [text("k", [])])).toMatchObject({ kind, parts: [{ source: 0 }] });
  });

  it("has its parts in the order of the sources", () => {
    const found = key(["name", "city"]);
    expect(typeof found === "string" ? found : found.parts.map((part) => part.attribute.logicalName)).toEqual([
      "name",
      "city",
    ]);
  });

  it.each([
    [["nmae"], "the lookup parentid goes by a key that cannot serve: nmae is no attribute of account."],
    [["notes"], "rows cannot be found by it: notes is memoType, a text too long to be compared"],
    [["accountnumber", "name"], "the alternate key by_name is Failed, not Active."],
  ] as const)("of %j is refused", (by, sentence) => {
    expect(key(by)).toContain(sentence);
  });

  it("needs a source for each attribute", () => {
    expect(key(["accountnumber"], [text("a", []), text("b", [])])).toBe(
      "the lookup parentid goes by accountnumber and needs as many sources; it has 2",
    );
  });

  it("is refused for values of another type", () => {
    expect(key(["name"], [float64("k", [])])).toContain("k (float64) cannot name a row by name: expected utf8");
  });

  it("is refused where metadata does not hold the primary key", () => {
    const table = { ...account, attributes: new Map() };
    const column = { sources: ["k"], target: "parentid" };
    const sources = [{ index: 0, field: text("k", []).field }];
    const context = { column, sources, attribute: parent, schema: { fields: [] }, table, related: new Map() };
    expect(lookupKey(context, table)).toBe("the service does not describe the key of account");
  });
});
