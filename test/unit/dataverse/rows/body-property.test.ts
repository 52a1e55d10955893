import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";
import type { BodyField, PropertyField } from "../../../../server/dataverse/rows/body-property.ts";
import { fetchPresence, propertyBinder, writeProperty } from "../../../../server/dataverse/rows/body-property.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch } from "../../../support/columns.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";

const field: PropertyField = {
  attribute: "a",
  property: "a@odata.bind",
  sources: [0],
  whenNull: "clear",
  bind: () => (row, out) => void out.integer(row),
};

/** What is written for each row, with what is wrong with it. */
function written(body: BodyField, ...columns: readonly Column[]): readonly unknown[] {
  const batch = recordBatch(...columns);
  const property = propertyBinder(body)(batch, nothingFound);
  return Array.from({ length: batch.rows }, (_, row) => {
    if (row % 32 === 0) fetchPresence([property], row / 32);
    const out = new Bytes(1);
    const flaw = writeProperty(property, row, out);
    return flaw ?? out.view(0, out.length).toString();
  });
}

describe("a property", () => {
  it("stands before its value, and is cleared by the name of its navigation property", () => {
    expect(written(field, columnOf("x", utf8, ["x", null]))).toEqual([',"a@odata.bind":0', ',"a":null']);
  });

  it("is left out, or its row refused, where a null must not clear", () => {
    const column = columnOf("x", utf8, [null]);
    expect(written({ ...field, whenNull: "omit" }, column)).toEqual([""]);
    expect(written({ ...field, whenNull: "refuse" }, column)).toEqual(["null, but the service requires it"]);
  });

  it("gets the quotes that its writer leaves out", () => {
    const column = columnOf("x", utf8, ["x", null]);
    expect(written({ ...field, isUnquoted: true }, column)).toEqual([',"a@odata.bind":"0"', ',"a":null']);
  });

  it("is not named twice", () => {
    expect(written({ ...field, namesItself: true }, columnOf("x", utf8, ["x", null]))).toEqual(["0", ',"a":null']);
  });

  it("is there for just the rows that have a value, in each 32 of them", () => {
    const values = Array.from({ length: 75 }, (_, row) => (row % 3 === 0 || row % 7 === 0 ? null : "x"));
    const expected = values.map((value, row) => (value === null ? ',"a":null' : `,"a@odata.bind":${row}`));
    expect(written(field, columnOf("x", utf8, values))).toEqual(expected);
  });

  it("of several columns is null where all of them are", () => {
    const columns = [columnOf("x", utf8, ["x", null, null]), columnOf("y", int(8), [1n, 1n, null])];
    expect(written({ ...field, sources: [0, 1] }, ...columns)).toEqual([
      ',"a@odata.bind":0',
      ',"a@odata.bind":1',
      ',"a":null',
    ]);
  });

  it("may be several, which write what they will", () => {
    const free: BodyField = { attribute: "a", write: () => (_row, out) => out.ascii(',"b":1,"c":2') as undefined };
    expect(written(free, columnOf("x", utf8, [null]))).toEqual([',"b":1,"c":2']);
  });
});
