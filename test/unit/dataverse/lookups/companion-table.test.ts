import { describe, expect, it } from "vitest";
import { bindTableNames } from "../../../../server/dataverse/lookups/companion-table.ts";
import { text } from "../../../support/columns.ts";
import { tableOf } from "../../../support/dataverse/tables.ts";

const targets = [
  { table: tableOf([]) },
  { table: tableOf([], { logicalName: "opportunity", entitySetName: "opportunities" }) },
];

function chosen(...names: readonly (string | null)[]): readonly (number | string)[] {
  const tableOfRow = bindTableNames(targets, text("kind", names));
  return names.map((_, row) => tableOfRow(row));
}

describe("a column of table names", () => {
  it("knows logical names and those of entity sets, in any case and with blanks around", () => {
    expect(chosen("account", "accounts", "opportunity", "Opportunities", " ACCOUNT ")).toEqual([0, 0, 1, 1, 0]);
  });

  it("names the tables that a row may name, and not the one that it does", () => {
    expect(chosen("contact", "", "accountx")).toEqual(
      new Array(3).fill("a reference to a table that is none of account, opportunity"),
    );
  });

  it("takes no null, for the row names a row", () => {
    expect(chosen(null)).toEqual(["a reference to a row whose table is null"]);
  });

  it("stays right beyond the spellings that it remembers", () => {
    const spellings = Array.from({ length: 600 }, (_, n) => " ".repeat(n) + (n % 2 === 0 ? "account" : "opportunity"));
    expect(chosen(...spellings)).toEqual(spellings.map((_, n) => n % 2));
  });
});
