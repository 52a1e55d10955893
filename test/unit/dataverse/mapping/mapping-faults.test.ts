import { describe, expect, it } from "vitest";
import { requestedColumns } from "../../../../server/dataverse/mapping/mapping-faults.ts";
import type { Table } from "../../../../server/dataverse/metadata/tables.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, mappingOf, requestOf, tableOf } from "../../../support/dataverse/tables.ts";

const byName = { logicalName: "by_name", attributes: ["name"], active: true, indexStatus: "Active" };
const attributes = [attribute("name", "text"), attribute("line", "integer"), attribute("ratio", "float")];
const table = tableOf(attributes, { keys: [byName] });
const input = [columnOf("name", utf8, []), columnOf("line", int(32), [])];

function refusal(request: Partial<PublishRequest>, to: Table = table, columns = input): string {
  try {
    mappingOf({ columns, table: to, request });
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : "";
  }
  return "accepted";
}

describe("a mapping is refused", () => {
  it("with every fault in one message", () => {
    const columns = [
      { sources: ["nam"], target: "name" },
      { sources: ["line"], target: "lin" },
    ];
    expect(refusal({ columns, rowKey: ["key"] })).toBe(
      "The input does not fit table account; 4 faults: " +
        "(1) there is no input column nam (for name). Did you mean name? " +
        "(2) line maps to lin, which is no attribute of account. Did you mean line? " +
        '(3) input column name maps to nothing: add it to "columns" or to "ignore" (account has an attribute of that name). ' +
        "(4) rowKey names key, which is no input column.",
    );
  });

  it("with a message that a status can carry, however many faults there are", () => {
    const columns = Array.from({ length: 500 }, (_, i) => columnOf(`unknown_column_${i}`, utf8, []));
    const message = refusal({}, table, columns);
    expect(message.length).toBeLessThan(5_100);
    expect(message).toMatch(/500 faults: .* … and \d+ more\.$/);
  });

  it("where a target is given twice", () => {
    const columns = [
      { sources: ["name"], target: "name" },
      { sources: ["name"], target: "name" },
    ];
    expect(refusal({ columns, ignore: ["line"] })).toContain('name is given twice in "columns"');
  });

  it("where two input columns have one name", () => {
    expect(refusal({}, table, [...input, ...input.slice(0, 1)])).toContain("two input columns are called name");
  });

  it("where a column is both mapped and ignored", () => {
    const columns = [{ sources: ["name"], target: "name" }];
    expect(refusal({ columns, ignore: ["name", "line"] })).toContain('name is both in "columns" and in "ignore"');
  });

  it.each(["UPDATE", "UPSERT", "DELETE"] as const)("where %s names no key", (mode) => {
    expect(refusal({ mode })).toContain(`${mode} needs matchOn: the primary key accountid or an alternate key`);
  });

  it("where matchOn can be no key", () => {
    const matchOn = ["accountid", "line"];
    expect(refusal({ mode: "UPDATE", matchOn })).toContain("matchOn: accountid, line is no key of account");
  });

  it("where no input column maps to the key", () => {
    expect(refusal({ mode: "UPDATE", matchOn: ["accountid"] })).toContain(
      "matchOn names accountid, but no input column maps to it",
    );
  });

  it("where a key holds what cannot stand in a URL", () => {
    const key = { ...byName, attributes: ["ratio"] };
    const message = refusal({ mode: "UPDATE", matchOn: ["ratio"] }, tableOf(attributes, { keys: [key] }), [
      columnOf("ratio", int(8), []),
    ]);
    expect(message).toContain("ratio is floatType, which cannot stand in a key");
  });

  it("where an INSERT leaves out text that the service surely does not fill", () => {
    const required = [
      attribute("code", "text", { required: true }),
      attribute("number", "text", { required: true, autoNumber: true }),
      attribute("ownerid", "owner", { required: true }),
      attribute("statecode", "state", { required: true, validForCreate: false }),
    ];
    const message = refusal({}, tableOf([...attributes, ...required]));
    expect(message).toContain("1 fault: (1) code is required for a new row of account, but nothing maps to it.");
  });

  it("where an upsert would erase the rest of an elastic row", () => {
    const elastic = tableOf(attributes, { keys: [byName], tableType: "Elastic" });
    expect(refusal({ mode: "UPSERT", matchOn: ["name"] }, elastic)).toContain(
      "erases every attribute that is left out",
    );
    expect(refusal({ mode: "UPDATE", matchOn: ["name"] }, elastic)).toBe("accepted");
  });
});

describe("requestedColumns", () => {
  const schema = { fields: input.map((column) => column.field) };

  it("are the input columns of their own name where none are given", () => {
    expect(requestedColumns(requestOf({ ignore: ["line"] }), schema)).toEqual([{ sources: ["name"], target: "name" }]);
  });

  it("of a DELETE are those of the key", () => {
    expect(requestedColumns(requestOf({ mode: "DELETE", matchOn: ["line"] }), schema)).toEqual([
      { sources: ["line"], target: "line" },
    ]);
  });
});
