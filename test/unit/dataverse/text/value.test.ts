import { describe, expect, it } from "vitest";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import type { BindColumn, Codec } from "../../../../server/dataverse/text/value.ts";
import { bare, columnAt, quoted, viewOf } from "../../../../server/dataverse/text/value.ts";
import { recordBatch } from "../../../support/columns.ts";
import { columnOf, int } from "../../../support/dataverse/columns.ts";

const column = columnOf("x", int(8), [1n]);
const seven: BindColumn = () => (_row, out) => {
  out.ascii("7");
  return undefined;
};

function written(codec: Codec): readonly string[] {
  return [codec.json, codec.literal, codec.folded].map((bind) => {
    const out = new Bytes(1);
    bind(column)(0, out);
    return out.view(0, out.length).toString("latin1");
  });
}

describe("codecs", () => {
  it("write a bare value the same everywhere", () => {
    expect(written(bare(seven))).toEqual(["7", "7", "7"]);
  });

  it("quote a value in JSON alone", () => {
    expect(written(quoted(seven))).toEqual(['"7"', "7", "7"]);
  });

  it("hand on why a quoted value cannot be sent", () => {
    expect(quoted(() => () => "flawed").json(column)(0, new Bytes(1))).toBe("flawed");
  });
});

describe("viewOf", () => {
  it("begins where the column's values do", () => {
    const values = new Uint8Array([1, 2, 3]).subarray(1);
    expect(viewOf({ ...column, values }).getInt8(0)).toBe(2);
  });
});

describe("columnAt", () => {
  it("finds a column of the record batch, and says so where there is none", () => {
    const batch = recordBatch(column);
    expect(columnAt(batch, 0)).toBe(column);
    expect(() => columnAt(batch, 1)).toThrow("no column 1 in the record batch");
  });
});
