import { describe, expect, it } from "vitest";
import { foundRows } from "../../../../server/dataverse/finding/first-encoder.ts";
import { text } from "../../../support/columns.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, encodeRow, ID, tableOf } from "../../../support/dataverse/tables.ts";

const table = tableOf([attribute("name", "text"), attribute("code", "text")], {
  keys: [{ logicalName: "by_code", attributes: ["code"], active: true, indexStatus: "Active" }],
});

function sceneOf(mode: "INSERT" | "UPDATE" | "UPSERT" | "DELETE", matchOn: string): Scene {
  const key = text(matchOn, [matchOn === "code" ? "A" : ID]);
  const columns = mode === "DELETE" ? [key] : [key, text("name", ["n"])];
  return { columns, table, request: { mode, matchOn: mode === "INSERT" ? [] : [matchOn] } };
}

function sent(scene: Scene, way: "batch" | "bulk"): unknown {
  const encoded = encodeRow(scene, 0, ID, way);
  return typeof encoded === "string" ? encoded.replace(/^.*\r\n(?=(?:POST|PATCH|DELETE) )/s, "") : encoded;
}

describe("the first operation of a row", () => {
  it.each([
    ["UPDATE", `PATCH /api/data/v9.2/accounts(code='A') HTTP/1.1`],
    ["UPSERT", `PATCH /api/data/v9.2/accounts(code='A') HTTP/1.1`],
    ["DELETE", `DELETE /api/data/v9.2/accounts(code='A') HTTP/1.1`],
  ] as const)("names it by its key in a part of a batch: %s", (mode, line) => {
    expect(sent(sceneOf(mode, "code"), "batch")).toContain(line);
  });

  it("names it among the values of a target", () => {
    expect(sent(sceneOf("UPSERT", "accountid"), "bulk")).toContain(`"accountid":"${ID}"`);
    expect(sent(sceneOf("UPSERT", "code"), "bulk")).toContain(`"@odata.id":"accounts(code='A')"`);
  });

  it("applies to one version where there is one", () => {
    const scene = sceneOf("UPDATE", "accountid");
    const versioned = {
      ...scene,
      columns: [...scene.columns, text("v", ["7"])],
      request: { ...scene.request, rowVersion: "v" },
    };
    expect(sent(versioned, "batch")).toContain(`If-Match: W/"7"`);
  });

  it("is refused where the row exists, if another is to update it", () => {
    const scene = sceneOf("UPSERT", "code");
    const columns = [
      { sources: ["code"], target: "code" },
      { sources: ["name"], target: "name", onlyOn: "CREATE" },
    ] as const;
    expect(sent({ ...scene, request: { ...scene.request, columns } }, "batch")).toContain("If-None-Match: *");
  });
});

describe("the rows that are found by query", () => {
  const finding = { by: [], keys: () => () => [], wanted: () => undefined };

  it("are none, those whose key no URL can name, or all", () => {
    expect(foundRows(undefined, { kind: "primary" })).toBe("none");
    expect(
      foundRows(finding, {
        kind: "alternate",
        key: table.keys[0] ?? { logicalName: "", attributes: [], active: true, indexStatus: "" },
      }),
    ).toBe("some");
    expect(foundRows(finding, { kind: "business", attributes: [] })).toBe("all");
  });
});
