import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../../server/arrow/columns.ts";
import { holdsWhole, wholeReader } from "../../../../server/dataverse/values/whole-reader.ts";
import { columnOf, decimal, float, int, timestamp, utf8 } from "../../../support/dataverse/columns.ts";

function read(type: ColumnType, value: bigint | number): number {
  return wholeReader(columnOf("x", type, [0n, value]))(1);
}

describe("whole numbers", () => {
  it.each([
    [int(8), -5n, -5],
    [int(64), 2n ** 53n - 1n, 2 ** 53 - 1],
    [float(32), 3, 3],
    [float(64), -9_007_199_254_740_991, -9_007_199_254_740_991],
    [decimal(32, 2), 700n, 7],
    [decimal(64, 2), -700n, -7],
    [decimal(128, 0), -(2n ** 40n), -(2 ** 40)],
    [decimal(128, 10), 140_000_000_000n, 14],
  ])("are read from %j", (type, value, expected) => {
    expect(read(type, value)).toBe(expected);
  });

  it.each([
    [float(64), 1.5],
    [float(64), Number.NaN],
    [float(64), Number.POSITIVE_INFINITY],
    [float(64), 2 ** 53],
    [float(32), 0.5],
    [decimal(32, 2), 701n],
    [decimal(64, 2), -701n],
    [decimal(128, 0), 2n ** 64n],
    [decimal(128, 0), -(2n ** 100n)],
    [decimal(128, 0), 2n ** 53n],
  ])("are not what %j of %s holds", (type, value) => {
    expect(read(type, value)).toBeNaN();
  });
});

describe("a column of whole numbers", () => {
  it.each([
    [int(16), true],
    [float(64), true],
    [float(16), false],
    [decimal(128, 15), true],
    [decimal(128, 16), false],
    [decimal(128, -1), false],
    [decimal(256, 0), false],
    [utf8, false],
    [timestamp("us"), false],
  ])("%j: %s", (type, expected) => {
    expect(holdsWhole(type)).toBe(expected);
  });
});
