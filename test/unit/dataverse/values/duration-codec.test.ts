import { describe, expect, it } from "vitest";
import type { ColumnType, TimeUnit } from "../../../../server/arrow/columns.ts";
import { columnOf, int } from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../../support/dataverse/tables.ts";

const effort = attribute("x", "integer", { format: "Duration", minValue: "-1000", maxValue: "2147483647" });

function minutes(unit: TimeUnit, value: bigint, excess: "REFUSE" | "ROUND" | "TRUNCATE" = "REFUSE"): string {
  const type: ColumnType = { kind: "duration", unit };
  return jsonValue(columnOf("x", type, [value]), effort, { excess });
}

describe("durations", () => {
  it.each([
    ["s", 90n * 60n, "90"],
    ["ms", 60_000n, "1"],
    ["us", -60_000_000n, "-1"],
    ["ns", 120_000_000_000n, "2"],
    ["us", 0n, "0"],
    ["s", 2_147_483_647n * 60n, "2147483647"],
  ] as const)("in %s: %d are %s minutes", (unit, value, expected) => {
    expect(minutes(unit, value)).toBe(expected);
  });

  it.each([
    ["ROUND", 89n, "1"],
    ["ROUND", 90n, "2"],
    ["ROUND", -89n, "-1"],
    ["ROUND", -90n, "-2"],
    ["TRUNCATE", 119n, "1"],
    ["TRUNCATE", -119n, "-1"],
    ["TRUNCATE", 120n, "2"],
    ["TRUNCATE", -120n, "-2"],
  ] as const)("are %sed to whole minutes where that is asked for: %d s", (excess, value, expected) => {
    expect(minutes("s", value, excess)).toBe(expected);
  });

  it("of a part of a minute are refused", () => {
    const flaw = "The value for x is a duration that is not of whole minutes, all that the attribute holds.";
    expect(minutes("s", 61n)).toBe(flaw);
    expect(minutes("ns", 60_000_000_001n)).toBe(flaw);
  });

  it.each([-1_001n * 60n, 2_147_483_648n * 60n, 2n ** 63n - 1n, -(2n ** 63n)])(
    "out of range are refused: %d s",
    (value) => {
      expect(minutes("s", value, "TRUNCATE")).toBe(
        "The value for x is a duration outside -1000 to 2147483647 minutes.",
      );
    },
  );

  it("may come as whole numbers of minutes", () => {
    expect(jsonValue(columnOf("x", int(64), [45n]), effort)).toBe("45");
  });

  it("keep to 32 bits where metadata tells no range", () => {
    const type: ColumnType = { kind: "duration", unit: "s" };
    const open = attribute("x", "integer", { format: "Duration" });
    expect(jsonValue(columnOf("x", type, [-60n]), open)).toBe("-1");
    expect(jsonValue(columnOf("x", type, [60n * 2n ** 40n]), open)).toContain(
      "outside -2147483648 to 2147483647 minutes",
    );
  });
});
