import { describe, expect, it } from "vitest";
import { columnOf, int } from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../../support/dataverse/tables.ts";

const big = attribute("x", "bigint");
const narrow = attribute("x", "bigint", { minValue: "-10", maxValue: "9007199254740991" });

describe("big integers", () => {
  it.each([
    0n,
    -1n,
    1_000_000n,
    -4_294_967_296n,
    2n ** 53n - 1n,
    2n ** 53n,
    -(2n ** 53n) - 1n,
    10n ** 18n,
    9_223_372_036_854_000_000n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ])("keep every digit: %d", (value) => {
    expect(jsonValue(columnOf("x", int(64), [value]), big)).toBe(String(value));
  });

  it.each([
    [int(8), -128n],
    [int(16, false), 65_535n],
    [int(32), -(2n ** 31n)],
    [int(32, false), 2n ** 32n - 1n],
    [int(64, false), 2n ** 63n - 1n],
  ])("come from %j", (type, value) => {
    expect(jsonValue(columnOf("x", type, [value]), big)).toBe(String(value));
  });

  it("without a sign may be beyond what the service holds", () => {
    expect(jsonValue(columnOf("x", int(64, false), [2n ** 63n]), big)).toBe(
      "The value for x is a number above its maximum of 9223372036854775807.",
    );
  });

  it("keep to the limits of their attribute", () => {
    const values = [-11n, -10n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n];
    const column = columnOf("x", int(64), values);
    const below = "The value for x is a number below its minimum of -10.";
    const above = "The value for x is a number above its maximum of 9007199254740991.";
    expect(values.map((_, row) => jsonValue(column, narrow, {}, row))).toEqual([
      below,
      "-10",
      "9007199254740991",
      above,
      above,
    ]);
  });
});
