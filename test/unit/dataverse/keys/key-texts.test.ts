import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { KeyPart } from "../../../../server/dataverse/keys/address.ts";
import { bindKeyTexts, bindUnaddressable, isFlaw } from "../../../../server/dataverse/keys/key-texts.ts";
import { columnCodec } from "../../../../server/dataverse/mapping/column-resolution.ts";
import type { Attribute } from "../../../../server/dataverse/metadata/attributes.ts";
import { decimal128, int32, recordBatch, text, timestamp } from "../../../support/columns.ts";
import { attribute } from "../../../support/dataverse/tables.ts";

function partsOf(...columns: readonly (readonly [Attribute, Column])[]): readonly KeyPart[] {
  return columns.map(([one, column], source) => {
    const codec = columnCodec(column.field, one, { excess: "REFUSE", naive: "UTC" });
    if (typeof codec === "string") throw new Error(codec);
    return { attribute: one, source, codec };
  });
}

function textsOf(...columns: readonly (readonly [Attribute, Column])[]): unknown {
  return bindKeyTexts(partsOf(...columns), recordBatch(...columns.map(([, column]) => column)))(0);
}

const code = attribute("code", "text", { maxLength: 10 });

describe("the texts of a key", () => {
  it("are what the service compares: texts as they are, numbers and times as it writes them", () => {
    expect(
      textsOf(
        [code, text("code", ['a"/\\ü'])],
        [attribute("line", "integer"), int32("line", [-7])],
        [attribute("size", "decimal", { precision: 4 }), decimal128("size", ["1.50"], { precision: 10, scale: 2 })],
        [attribute("at", "datetime"), timestamp("at", [1_700_000_000_500_000n])],
      ),
    ).toEqual(
      ['a"/\\ü', "-7", "1.5", "2023-11-14T22:13:20.5Z"].map((each) => expect.stringContaining(each.slice(0, 19))),
    );
  });

  it.each([
    [null, "null"],
    ["  ", "an empty key part"],
    ["", "an empty key part"],
    ["12345678901", "longer than its maximum"],
    ["a\u0001", "XML"],
  ])("do not exist where a part is %j", (value, why) => {
    const flaw = textsOf([code, text("code", [value])]);
    expect(flaw).toEqual({ column: "code", is: expect.stringContaining(why) });
  });

  it("are told from a flaw", () => {
    expect([isFlaw(["a"]), isFlaw({ column: "code", is: "null" })]).toEqual([false, true]);
  });
});

describe("keys that no URL can name", () => {
  const rows = ["plain", "sl/ash", null, "per%cent", "ünï'cödé"];

  it("are those with a reserved character in a text", () => {
    const column = text("code", rows);
    const test = bindUnaddressable(partsOf([code, column]), recordBatch(column));
    expect(rows.map((_, row) => test?.(row))).toEqual([false, true, false, true, false]);
  });

  it("are none, after one look at the bytes of the record batch", () => {
    const column = text("code", ["a", "b'c"]);
    expect(bindUnaddressable(partsOf([code, column]), recordBatch(column))).toBeUndefined();
  });
});
