import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { RowFailure } from "../../../../server/core/outcome.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { float64, int, int64, text } from "../../../support/columns.ts";
import { attribute, encodeRow, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const table = tableOf([attribute("name", "text", { maxLength: 20 })]);
const update: Partial<PublishRequest> = {
  mode: "UPDATE",
  matchOn: ["accountid"],
  rowVersion: "version",
  strategy: "AUTO",
};
const id = text("accountid", [ID]);
const name = text("name", ["x"]);

function encode(version: Column, request = update, tableType = "Standard"): string | RowFailure {
  const columns = request.mode === "DELETE" ? [id, version] : [id, name, version];
  return encodeRow({ columns, table: { ...table, tableType }, request });
}

function refusal(
  request: Partial<PublishRequest>,
  version: Column = int64("version", [1]),
  tableType = "Standard",
): string {
  try {
    mappingOf({ columns: [id, name, version], table: { ...table, tableType }, request: { ...update, ...request } });
    return "accepted";
  } catch (refused) {
    return String(refused);
  }
}

describe("a row version", () => {
  it.each([
    ["an integer", int64("version", [9_007_199_254_740_993n])],
    ["a short integer", int("version", [7], { bits: 16 })],
    ["versionnumber as text", text("version", ["470867"])],
    ["an @odata.etag", text("version", ['W/"470867"'])],
  ])("is the If-Match of its part: %s", (_form, version) => {
    const etag = { "an integer": '"9007199254740993"', "a short integer": '"7"' }[_form] ?? '"470867"';
    expect(encode(version)).toContain(
      ` HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: W/${etag}\r\n\r\n{"name":"x"}\r\n`,
    );
  });

  it("goes with a delete, which has no body", () => {
    const part = encode(int64("version", [5]), { ...update, mode: "DELETE" });
    expect(part).toContain(`DELETE /api/data/v9.2/accounts(${ID}) HTTP/1.1\r\nIf-Match: W/"5"\r\n\r\n\r\n`);
  });

  it.each([
    ["null", int64("version", [null]), "null, but rowVersion names it"],
    ["a null text", text("version", [null]), "null, but rowVersion names it"],
    ["empty", text("version", [""]), "no row version"],
    ["a line of its own", text("version", ['W/"1"\r\nX: y']), "no row version"],
    ["a strong ETag", text("version", ['"1"']), "no row version"],
    ["any version", text("version", ["*"]), "no row version"],
    ["endless", text("version", ["1".repeat(100)]), "no row version"],
  ])("fails its row when it is %s", (_what, version, words) => {
    expect(encode(version)).toMatchObject({ code: "value_not_mappable", column: "version", retryable: false });
    expect(encode(version)).toMatchObject({ message: expect.stringContaining(words) });
  });

  it("fails its row when it is below zero", () => {
    expect(encode(int64("version", [-1]))).toMatchObject({ code: "value_not_mappable", column: "version" });
  });

  it("of an elastic row is an @odata.etag", () => {
    const etag = 'W/"00000481-0000-0d00-0000-000000000481"';
    expect(encode(text("version", [etag]), update, "Elastic")).toContain(`If-Match: ${etag}\r\n\r\n`);
    expect(encode(text("version", ["12"]), update, "Elastic")).toMatchObject({ code: "value_not_mappable" });
    expect(refusal({}, int64("version", [1]), "Elastic")).toContain("expected text with @odata.etag");
  });

  it("is no target, and needs no ignore", () => {
    const columns = [
      { sources: ["accountid"], target: "accountid" },
      { sources: ["name"], target: "name" },
    ];
    expect(refusal({ columns })).toBe("accepted");
    expect(refusal({})).toBe("accepted");
  });

  it("goes by $batch, where a part has headers of its own", () => {
    expect(mappingOf({ columns: [id, name, int64("version", [1])], table, request: update }).strategy).toBe("BATCH");
    expect(refusal({ strategy: "BULK" })).toContain("bulk messages take no row versions");
  });

  it.each([
    [{ mode: "UPSERT" }, int64("version", [1]), "rowVersion has no part in UPSERT"],
    [{ mode: "INSERT" }, int64("version", [1]), "rowVersion has no part in INSERT"],
    [{ rowVersion: "versio" }, int64("version", [1]), "rowVersion names versio, which is no input column"],
    [{}, float64("version", [1]), "expected integers or text"],
  ] as const)("is refused at the start: %j", (request, version, words) => {
    expect(refusal(request, version)).toContain(words);
  });
});
