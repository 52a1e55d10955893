import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../../server/arrow/columns.ts";
import type { Attribute } from "../../../../server/dataverse/metadata/attributes.ts";
import { integerReader } from "../../../../server/dataverse/values/number-codec.ts";
import type { Value } from "../../../support/dataverse/columns.ts";
import { columnOf, decimal, float, int } from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../../support/dataverse/tables.ts";

const whole = attribute("x", "integer", { minValue: "-5", maxValue: "1000" });
const plainWhole = attribute("x", "integer");
const big = attribute("x", "bigint");
const money = attribute("x", "money", { minValue: "0", maxValue: "922337203685477", precision: 4 });
const ratio = attribute("x", "decimal", { minValue: "-100000000000", maxValue: "100000000000", precision: 2 });
const unbounded = attribute("x", "decimal", { precision: 2 });
const plainFloat = attribute("x", "float");
const bounded = attribute("x", "float", { minValue: "-1", maxValue: "100", precision: 2 });

function sent(type: ColumnType, value: Value, target: Attribute): string {
  return jsonValue(columnOf("x", type, [value]), target);
}

describe("whole numbers", () => {
  it.each([
    [int(8), -5n, "-5"],
    [int(16), 1000n, "1000"],
    [int(32, false), 7n, "7"],
    [int(64), 1000n, "1000"],
  ] as const)("sends %j %d within the limits", (type, value, expected) => {
    expect(sent(type, value, whole)).toBe(expected);
  });

  it.each([-6n, 1001n, 2n ** 62n])("refuses %d, which the limits exclude", (value) => {
    expect(sent(int(64), value, whole)).toBe("The value for x is a whole number outside -5 to 1000.");
  });

  it.each([-(2n ** 31n), 2n ** 31n - 1n])("sends %d, a bound of 32 bits", (value) => {
    expect(sent(int(64), value, plainWhole)).toBe(String(value));
  });

  it.each([-(2n ** 31n) - 1n, 2n ** 31n])("refuses %d beyond 32 bits", (value) => {
    expect(sent(int(64), value, plainWhole)).toContain("outside -2147483648 to 2147483647");
  });
});

describe("a column of 64-bit integers", () => {
  it.each([true, false])("sends each row its own, also to a decimal (signed: %s)", (signed) => {
    const column = columnOf("x", int(64, signed), [1n, 22n, 333n]);
    expect([0, 1, 2].map((row) => jsonValue(column, ratio, {}, row))).toEqual(["1", "22", "333"]);
  });
});

describe("big integers", () => {
  it.each([-(2n ** 63n), 2n ** 63n - 1n, 9_007_199_254_740_993n, 0n])("sends %d to the last digit", (value) => {
    expect(sent(int(64), value, big)).toBe(String(value));
  });

  it("sends the greatest unsigned value that fits", () => {
    expect(sent(int(64, false), 2n ** 63n - 1n, big)).toBe("9223372036854775807");
  });

  it("refuses an unsigned value beyond 63 bits", () => {
    expect(sent(int(64, false), 2n ** 63n, big)).toBe(
      "The value for x is a number above its maximum of 9223372036854775807.",
    );
  });
});

describe("decimals and money", () => {
  it.each([
    [decimal(128, 4), 9_223_372_036_854_770_000n, "922337203685477"],
    [decimal(256, 4), 12_345_678_901_234_5678n, "12345678901234.5678"],
    [decimal(32, 2), 150n, "1.5"],
    [decimal(64, 2), 150n, "1.5"],
    [int(64), 9_007_199_254_740_9n, "90071992547409"],
    [float(64), 0.1, "0.1"],
    [float(32), 0.5, "0.5"],
  ] as const)("sends %j %s as %s", (type, value, expected) => {
    expect(sent(type, value, money)).toBe(expected);
  });

  it("refuses a hair above the maximum", () => {
    expect(sent(decimal(128, 4), 9_223_372_036_854_770_001n, money)).toBe(
      "The value for x is a number above its maximum of 922337203685477.",
    );
  });

  it("refuses a hair below the minimum", () => {
    expect(sent(decimal(128, 4), -1n, money)).toBe("The value for x is a number below its minimum of 0.");
  });

  it("refuses more digits than the attribute holds", () => {
    expect(sent(decimal(128, 4), 12_345n, ratio)).toBe(
      "The value for x is a number with more than its 2 digits after the point.",
    );
  });

  it("refuses a double whose shortest text has too many digits", () => {
    expect(sent(float(64), 0.1 + 0.2, ratio)).toContain("more than its 2 digits");
  });

  it("checks the range after rounding", () => {
    const column = columnOf("x", decimal(128, 4), [100_000_000_000_0049n]);
    expect(jsonValue(column, ratio, { excess: "ROUND" })).toBe("100000000000");
  });

  it("rounds and truncates where that was asked for", () => {
    const column = columnOf("x", float(64), [2.675]);
    expect(jsonValue(column, ratio, { excess: "ROUND" })).toBe("2.68");
    expect(jsonValue(column, ratio, { excess: "TRUNCATE" })).toBe("2.67");
  });

  it("sends a single of nine digits with all of them", () => {
    const fine = attribute("x", "decimal", { precision: 10 });
    expect(sent(float(32), 10.0035515, fine)).toBe("10.0035515");
  });

  it.each([
    [123.456, "123.46", "123.45"],
    [-123.456, "-123.46", "-123.45"],
    [-0.001, "0", "0"],
    [123_456_789_012.345, "123456789012.35", "123456789012.34"],
  ])("rounds or truncates %d, near a half or far from it", (value, rounded, truncated) => {
    const column = columnOf("x", float(64), [value]);
    expect(jsonValue(column, unbounded, { excess: "ROUND" })).toBe(rounded);
    expect(jsonValue(column, unbounded, { excess: "TRUNCATE" })).toBe(truncated);
  });

  it("takes a single for its shortest text, not for the double it widens to", () => {
    expect(sent(float(32), 0.1, ratio)).toBe("0.1");
    expect(sent(float(32), 16_777_216, ratio)).toBe("16777216");
    expect(jsonValue(columnOf("x", float(32), [1.1754943508222875e-38]), ratio, { excess: "ROUND" })).toBe("0");
  });
});

describe("floats", () => {
  it.each([0.1, -1.5, 1e300, 5e-324, 1 / 3, 123_456_789.12])("sends %d so that it reads back the same", (value) => {
    expect(Number(sent(float(64), value, plainFloat))).toBe(value);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("refuses %d", (value) => {
    expect(sent(float(64), value, plainFloat)).toBe("The value for x is not a finite number.");
    expect(sent(float(64), value, bounded)).toBe("The value for x is not a finite number.");
    expect(sent(float(32), value, money)).toBe("The value for x is not a finite number.");
  });

  it("keeps to limits where digits are not bounded", () => {
    const target = attribute("x", "float", { minValue: "0", maxValue: "10" });
    expect(sent(float(64), 10, target)).toBe("10");
    expect(sent(float(64), 10.000001, target)).toBe("The value for x is a number outside 0 to 10.");
  });

  it("keeps to limits and digits", () => {
    expect(sent(float(64), 99.99, bounded)).toBe("99.99");
    expect(sent(float(64), 100.01, bounded)).toContain("above its maximum of 100");
    expect(sent(float(64), 0.125, bounded)).toContain("more than its 2 digits");
  });

  it("takes decimals and integers that it can hold", () => {
    expect(sent(decimal(128, 2), 1234n, plainFloat)).toBe("12.34");
    expect(sent(int(64), 2n ** 53n - 1n, plainFloat)).toBe("9007199254740991");
    expect(sent(int(64), 2n ** 53n + 1n, plainFloat)).toBe(
      "The value for x is a whole number beyond 2^53, which a float cannot hold.",
    );
  });
});

describe("integerReader", () => {
  it.each([
    [int(8), -128n],
    [int(8, false), 255n],
    [int(16), -32_768n],
    [int(16, false), 65_535n],
    [int(32), -(2n ** 31n)],
    [int(32, false), 2n ** 32n - 1n],
    [int(64), -(2n ** 53n) + 1n],
    [int(64, false), 2n ** 53n - 1n],
  ] as const)("reads %j at its bound", (type, value) => {
    expect(integerReader(columnOf("x", type, [0n, value]))(1)).toBe(Number(value));
  });
});
