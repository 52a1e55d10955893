import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../server/arrow/columns.ts";
import { bitAt, bitmapBytes, countBits, layoutOf, setBit } from "../../../server/arrow/layout.ts";

describe("the layout of a type", () => {
  it.each<[number, ColumnType]>([
    [2, { kind: "float", bits: 16 }],
    [32, { kind: "decimal", bits: 256, precision: 1, scale: 0 }],
    [4, { kind: "date", unit: "day" }],
    [8, { kind: "date", unit: "ms" }],
    [4, { kind: "time", bits: 32, unit: "s" }],
    [8, { kind: "duration", unit: "s" }],
    [4, { kind: "interval", unit: "year_month" }],
    [8, { kind: "interval", unit: "day_time" }],
    [16, { kind: "interval", unit: "month_day_nano" }],
    [7, { kind: "fixed_binary", width: 7 }],
  ])("has values of %i bytes for %o", (width, type) => {
    expect(layoutOf(type)).toEqual({ kind: "fixed", width });
  });

  it("is a list for a map", () => {
    expect(layoutOf({ kind: "map", large: false })).toEqual({ kind: "list" });
  });
});

describe("a bitmap", () => {
  it("holds 8 rows a byte", () => {
    expect([0, 1, 8, 9].map(bitmapBytes)).toEqual([0, 1, 1, 2]);
  });

  it("counts the bits of its rows alone, not those of the padding", () => {
    const bits = Uint8Array.of(0xff, 0xff);
    expect([0, 3, 8, 11, 16].map((rows) => countBits(bits, rows))).toEqual([0, 3, 8, 11, 16]);
    const some = Uint8Array.of(0b0000_0101, 0b0000_0010);
    expect([1, 2, 3, 8, 9, 10].map((rows) => countBits(some, rows))).toEqual([1, 1, 2, 2, 2, 3]);
  });

  it("has its least significant bit first", () => {
    const bits = new Uint8Array(2);
    setBit(bits, 9);
    expect([...bits]).toEqual([0, 2]);
    expect([8, 9].map((row) => bitAt(bits, row))).toEqual([false, true]);
  });
});
