import { describe, expect, it } from "vitest";
import { columnOf, decimal, int, utf8 } from "../../../support/dataverse/columns.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, encodeRow, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const OPENING = "--dataverse-flight\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n";

const byNumber = { logicalName: "by_number", attributes: ["accountnumber"], active: true, indexStatus: "Active" };

const table = tableOf(
  [
    attribute("accountnumber", "text", { maxLength: 20 }),
    attribute("name", "text", { maxLength: 160 }),
    attribute("numberofemployees", "integer", { minValue: "0", maxValue: "1000000000" }),
    attribute("creditlimit", "money", { minValue: "0", maxValue: "922337203685477", precision: 4 }),
  ],
  { keys: [byNumber] },
);

function scene(request: Scene["request"] = {}): Scene {
  const columns = [
    columnOf("accountnumber", utf8, ["A 1", "A-2"]),
    columnOf("name", utf8, ['O"Brien & Söhne', null]),
    columnOf("numberofemployees", int(64), [42n, null]),
    columnOf("creditlimit", decimal(128, 4), [123_4500n, null]),
  ];
  return { columns, table, request: { mode: "UPSERT", matchOn: ["accountnumber"], ...request } };
}

describe("one row as a part", () => {
  it("upserts by alternate key, which stands in the address and not in the body", () => {
    expect(encodeRow(scene())).toBe(
      `${OPENING}PATCH /api/data/v9.2/accounts(accountnumber='A%201') HTTP/1.1\r\nContent-Type: application/json\r\n\r\n` +
        '{"name":"O\\"Brien & Söhne","numberofemployees":42,"creditlimit":123.45}\r\n',
    );
  });

  it("clears with null", () => {
    expect(encodeRow(scene(), 1)).toContain('\r\n\r\n{"name":null,"numberofemployees":null,"creditlimit":null}\r\n');
  });

  it.each(["INSERT", "UPDATE", "UPSERT"] as const)("does not clear what the service requires: %s", (mode) => {
    const required = tableOf(
      [...table.attributes.values()].map((one) => (one.logicalName === "name" ? { ...one, required: true } : one)),
      {
        keys: [byNumber],
      },
    );
    const request = { mode, matchOn: mode === "INSERT" ? [] : ["accountnumber"] };
    expect(encodeRow({ ...scene(request), table: required }, 1)).toMatchObject({
      code: "value_not_mappable",
      column: "name",
      message: "The value for name is null, but the service requires it.",
    });
    expect(encodeRow({ ...scene({ ...request, nulls: "IGNORE" }), table: required }, 1)).toBeTypeOf("string");
  });

  it("leaves nulls out where they are ignored", () => {
    expect(encodeRow(scene({ nulls: "IGNORE" }), 1)).toContain("\r\n\r\n{}\r\n");
  });

  it("makes an update find its row", () => {
    expect(encodeRow(scene({ mode: "UPDATE" }))).toContain(
      "PATCH /api/data/v9.2/accounts(accountnumber='A%201') HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: *\r\n\r\n{",
    );
  });

  it("deletes by its key alone, though the frame has more columns", () => {
    expect(encodeRow(scene({ mode: "DELETE" }))).toBe(
      `${OPENING}DELETE /api/data/v9.2/accounts(accountnumber='A%201') HTTP/1.1\r\n\r\n\r\n`,
    );
  });

  it("inserts under the minted id", () => {
    expect(encodeRow(scene({ mode: "INSERT", matchOn: [] }))).toContain(
      `POST /api/data/v9.2/accounts HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"accountid":"${ID}","accountnumber":"A 1",`,
    );
  });
});

describe("what the mapping tells", () => {
  it("knows which input columns are sent", () => {
    const mapping = mappingOf(scene({ ignore: ["name"] }));
    expect(mapping.mappedColumns).toEqual([0, 2, 3]);
    expect(mapping.targets.map((target) => target.property)).toEqual(["numberofemployees", "creditlimit"]);
  });
});

describe("an INSERT", () => {
  it("is warned that matchOn has no part in it", () => {
    const mapping = mappingOf(scene({ mode: "INSERT" }));
    expect(mapping.warnings).toContain("matchOn has no part in an INSERT: every row is a new one.");
    expect(mapping.matchKey).toEqual({ kind: "none" });
    expect(mapping.mintsIds).toBe(true);
    expect(mapping.targets).toHaveLength(4);
  });
});

describe("rowKey", () => {
  it("is kept as the indexes of its columns, in its own order", () => {
    expect(mappingOf(scene({ rowKey: ["creditlimit", "name"] })).rowKeyColumns).toEqual([3, 1]);
  });
});
