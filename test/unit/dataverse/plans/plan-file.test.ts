import { describe, expect, it } from "vitest";
import type { ColumnRequest } from "../../../../server/dataverse/request.ts";
import { binary, text } from "../../../support/columns.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";
import { planOf } from "../../../support/dataverse/plans.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const doc = attribute("new_doc", "file", { typeName: "FileType", maxSizeKb: 1, validForCreate: false });
const table = tableOf([doc, attribute("name", "text")]);
const bytes = Buffer.from("content");

function sceneOf(file: Uint8Array | null, name: string | null, request: Scene["request"] = {}): Scene {
  const columns: readonly ColumnRequest[] = [
    { sources: ["accountid"], target: "accountid" },
    { sources: ["doc"], target: "new_doc", file: { nameFrom: "title" } },
  ];
  return {
    columns: [columnOf("accountid", utf8, [ID]), binary("doc", [file]), text("title", [name])],
    table,
    request: { columns, ...request },
  };
}

const update = { mode: "UPDATE", matchOn: ["accountid"] } as const;

describe("a file", () => {
  it("is a request of its own after the row, with its name and its bytes as they lie there", () => {
    const steps = planOf(sceneOf(bytes, "a ä.pdf"));
    expect(steps).toEqual([
      expect.objectContaining({ request: "POST accounts", body: `{"accountid":"${ID}"}`, file: undefined }),
      { step: 1, request: `PATCH accounts(${ID})/new_doc`, headers: "", body: "", file: { name: "a ä.pdf", bytes } },
    ]);
  });

  it("is not sent where there is none, and deleted where a null clears", () => {
    expect(planOf(sceneOf(null, null))).toHaveLength(1);
    expect(planOf(sceneOf(null, null, { ...update, nulls: "IGNORE" }))).toHaveLength(1);
    expect(planOf(sceneOf(null, null, update))[1]).toMatchObject({ file: { name: "", bytes: undefined } });
  });

  it("is called as its attribute where no column gives a name", () => {
    const columns = [binary("new_doc", [bytes])];
    expect(planOf({ columns, table })[1]).toMatchObject({ file: { name: "new_doc", bytes } });
  });

  it("may be empty, and as large as its column takes", () => {
    expect(planOf(sceneOf(Buffer.alloc(0), "a"))).toHaveLength(2);
    expect(planOf(sceneOf(Buffer.alloc(1024), "a"))).toHaveLength(2);
    const untold = tableOf([attribute("new_doc", "file")]);
    expect(planOf({ ...sceneOf(Buffer.alloc(4096), "a"), table: untold })).toHaveLength(2);
  });
});

describe("a row whose file cannot be sent fails before anything of it is", () => {
  it.each([
    [Buffer.alloc(1025), "a", "The value for new_doc is a file larger than its maximum of 1 KiB."],
    [bytes, null, "a file without a name"],
    [bytes, "", "a file without a name"],
    [bytes, "n".repeat(501), "a file whose name is longer than 500 UTF-16 units"],
  ])("%#", (file, name, expected) => {
    expect(planOf(sceneOf(file, name))).toContain(expected);
  });
});

describe("a file's name that is null", () => {
  it("is none, whatever lies beneath", () => {
    const { columns, ...scene } = sceneOf(bytes, "a");
    const nameless = columns.map((column) =>
      column.field.name === "title" ? { ...column, validity: Uint8Array.of(0) } : column,
    );
    expect(planOf({ ...scene, columns: nameless })).toContain("a file without a name");
  });
});

describe("a file column is refused", () => {
  const refusal = (column: ColumnRequest, request: Scene["request"] = {}): string => {
    const columns = [columnOf("accountid", utf8, [ID]), binary("doc", [bytes]), text("title", ["a"])];
    const id = { sources: ["accountid"], target: "accountid" };
    try {
      mappingOf({ columns, table, request: { ignore: ["title", "doc"], columns: [id, column], ...request } });
    } catch (error) {
      return String(error);
    }
    return "accepted";
  };

  it.each([
    [{ sources: ["title"], target: "new_doc" }, "title (utf8) cannot be sent to new_doc (FileType): expected binary"],
    [{ sources: ["doc", "title"], target: "new_doc" }, "takes one input column"],
    [{ sources: ["doc"], target: "new_doc", file: { nameFrom: "titel" } }, "names titel, which is no input column"],
    [{ sources: ["doc"], target: "new_doc", file: { nameFrom: "doc" } }, "names doc: expected utf8"],
  ] as const)("%j", (column, expected) => {
    expect(refusal(column)).toContain(expected);
  });

  it("in a DELETE, and for one side of an upsert", () => {
    const column = { sources: ["doc"], target: "new_doc" };
    expect(refusal(column, { mode: "DELETE", matchOn: ["accountid"] })).toContain("has no part in a DELETE");
    const oneSided = { ...column, onlyOn: "CREATE" } as const;
    expect(refusal(oneSided, { mode: "UPSERT", matchOn: ["accountid"] })).toContain('leave "onlyOn" out');
  });
});
