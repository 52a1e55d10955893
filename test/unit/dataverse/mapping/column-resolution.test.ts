import { describe, expect, it } from "vitest";
import { inMatchKey, resolveColumn } from "../../../../server/dataverse/mapping/column-resolution.ts";
import type { ColumnRequest, PublishRequest } from "../../../../server/dataverse/request.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, requestOf, tableOf } from "../../../support/dataverse/tables.ts";

const table = tableOf([
  attribute("name", "text"),
  attribute("createdonly", "integer", { validForUpdate: false }),
  attribute("updateonly", "integer", { validForCreate: false }),
  attribute("readonly", "integer", { validForCreate: false, validForUpdate: false }),
  attribute("industrycode", "choice"),
  attribute("primarycontactid", "lookup", { targets: ["contact"] }),
  attribute("new_file", "other", { typeName: "FileType" }),
]);
const schema = { fields: [columnOf("c_name", utf8, []), columnOf("n", int(64), [])].map((column) => column.field) };

function refusal(column: ColumnRequest, request: Partial<PublishRequest> = {}): string {
  const resolved = resolveColumn(column, { schema, request: requestOf(request), table, related: new Map() });
  return typeof resolved === "string" ? resolved : "accepted";
}

describe("a column is refused", () => {
  it.each([
    [{ sources: ["cname"], target: "name" }, "there is no input column cname (for name). Did you mean c_name?"],
    [{ sources: [], target: "name" }, "name is given no input column"],
    [
      { sources: ["c_name"], target: "nam" },
      "c_name maps to nam, which is no attribute of account. Did you mean name?",
    ],
    [
      { sources: ["n"], target: "name" },
      "n (int64) cannot be sent to name (textType): expected utf8; cast the column to string",
    ],
    [
      { sources: ["c_name"], target: "new_file" },
      "c_name (utf8) cannot be sent to new_file (FileType): expected nothing: attributes of type FileType are not in this version",
    ],
    [{ sources: ["c_name"], target: "name", lookup: { by: [] } }, 'name is textType, no lookup: leave "lookup" out'],
    [
      { sources: ["c_name", "n"], target: "name" },
      "name takes one input column, not 2; only a lookup by a composite key takes several",
    ],
    [
      { sources: ["c_name"], target: "primarycontactid", lookup: { by: [], tableFrom: "n" } },
      '"tableFrom" of primarycontactid names n, which holds no text: names of tables are expected',
    ],
    [
      { sources: ["n"], target: "industrycode", choice: { by: "LABEL" } },
      "n (int64) cannot be sent to industrycode (choiceType): expected utf8: the label of the choice",
    ],
    [
      { sources: ["c_name"], target: "name", choice: { by: "VALUE" } },
      'name is textType, no choice: leave "choice" out',
    ],
  ] satisfies readonly (readonly [ColumnRequest, string])[])("%j", (column, expected) => {
    expect(refusal(column)).toBe(expected);
  });

  it.each([
    ["INSERT", "updateonly", "updateonly would be ignored: it cannot be set when a row is created"],
    ["UPDATE", "createdonly", "createdonly would be ignored: it cannot be changed by an update"],
    [
      "UPSERT",
      "createdonly",
      'createdonly would be ignored by half of the upserts: it can be set only when a row is created: say "onlyOn": "CREATE"',
    ],
    [
      "UPSERT",
      "updateonly",
      'updateonly would be ignored by half of the upserts: it can be set only by an update: say "onlyOn": "UPDATE"',
    ],
    ["UPSERT", "readonly", "readonly would be ignored by half of the upserts: it can be set only by the service"],
    [
      "DELETE",
      "createdonly",
      'createdonly has no part in a DELETE, which sends only the key: take it out of "columns"',
    ],
  ] as const)("by %s, which would ignore %s", (mode, target, expected) => {
    expect(refusal({ sources: ["n"], target }, { mode, matchOn: ["accountid"] })).toBe(expected);
  });

  it.each([
    ["createdonly", "UPDATE", "UPSERT", 'say "onlyOn": "CREATE"'],
    ["updateonly", "CREATE", "UPSERT", 'say "onlyOn": "UPDATE"'],
    ["createdonly", "CREATE", "INSERT", '"onlyOn" is for UPSERT'],
    ["name", "CREATE", "UPSERT", 'part of matchOn: leave "onlyOn" out'],
  ] as const)("if %s is for %s of %s", (target, onlyOn, mode, expected) => {
    const source = target === "name" ? "c_name" : "n";
    expect(refusal({ sources: [source], target, onlyOn }, { mode, matchOn: ["name"] })).toContain(expected);
  });

  it("if it is no file, and is to be sent as one", () => {
    expect(refusal({ sources: ["c_name"], target: "name", file: {} })).toBe(
      'name is textType, no file: leave "file" out',
    );
  });

  it("if it asks for a lookup within the key", () => {
    const column = { sources: ["c_name"], target: "primarycontactid", lookup: { by: ["emailaddress1"] } };
    expect(refusal(column, { mode: "UPSERT", matchOn: ["primarycontactid"] })).toContain("named by the GUID it holds");
  });
});

describe("a column is accepted", () => {
  it("in the key, though the operation could not write it", () => {
    expect(refusal({ sources: ["n"], target: "createdonly" }, { mode: "UPDATE", matchOn: ["createdonly"] })).toBe(
      "accepted",
    );
  });

  it("for the half of an upsert that can write it", () => {
    const request = { mode: "UPSERT", matchOn: ["accountid"] } as const;
    expect(refusal({ sources: ["n"], target: "createdonly", onlyOn: "CREATE" }, request)).toBe("accepted");
    expect(refusal({ sources: ["n"], target: "updateonly", onlyOn: "UPDATE" }, request)).toBe("accepted");
  });

  it("by the operation that can write it", () => {
    expect(refusal({ sources: ["n"], target: "createdonly" }, { mode: "INSERT" })).toBe("accepted");
    expect(refusal({ sources: ["n"], target: "updateonly" }, { mode: "UPDATE", matchOn: ["accountid"] })).toBe(
      "accepted",
    );
  });
});

describe("inMatchKey", () => {
  it("holds for no INSERT, whose rows have no address", () => {
    const name = attribute("name", "text");
    expect(inMatchKey(name, requestOf({ mode: "INSERT", matchOn: ["name"] }))).toBe(false);
    expect(inMatchKey(name, requestOf({ mode: "UPSERT", matchOn: ["name"] }))).toBe(true);
  });
});
