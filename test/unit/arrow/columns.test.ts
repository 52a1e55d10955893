import { describe, expect, it } from "vitest";
import { isNull } from "../../../server/arrow/columns.ts";
import { int32, text } from "../../support/columns.ts";

describe("isNull", () => {
  it("reads the bit of the row, least significant first", () => {
    const rows = Array.from({ length: 17 }, (_, i) => (i % 3 === 0 ? null : i));
    const column = int32("n", rows);
    expect(rows.map((_, row) => isNull(column, row))).toEqual(rows.map((value) => value === null));
  });

  it("finds no null where there is no validity", () => {
    const column = { ...text("t", ["a", "b"]), validity: undefined };
    expect(isNull(column, 1)).toBe(false);
  });

  it("finds nothing but nulls in a column of the null type", () => {
    const nothing = { ...text("t", ["a"]), validity: undefined };
    const field = { ...nothing.field, type: { kind: "null" } as const };
    expect(isNull({ ...nothing, field }, 0)).toBe(true);
  });
});
