import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../../server/arrow/columns.ts";
import { dateTime } from "../../../../server/dataverse/values/time-codec.ts";
import { columnOf, date32, date64, naive, timestamp, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../../support/dataverse/tables.ts";

const day = attribute("x", "dateonly");
const instant = attribute("x", "datetime");

function dated(type: ColumnType, value: bigint): string {
  return jsonValue(columnOf("x", type, [value]), day);
}

function timed(type: ColumnType, value: bigint, excess: "REFUSE" | "ROUND" | "TRUNCATE" = "REFUSE"): string {
  return jsonValue(columnOf("x", type, [value]), instant, { excess });
}

describe("dates", () => {
  it.each([
    [0n, "1970-01-01"],
    [-1n, "1969-12-31"],
    [11_016n, "2000-02-29"],
    [-25_509n, "1900-02-28"],
    [-25_508n, "1900-03-01"],
    [-79_257n, "1753-01-01"],
    [2_932_896n, "9999-12-31"],
  ])("writes day %d as %s", (value, expected) => {
    expect(dated(date32, value)).toBe(`"${expected}"`);
    expect(dated(date64, value * 86_400_000n)).toBe(`"${expected}"`);
  });

  it.each([-79_258n, 2_932_897n])("refuses day %d, which the service cannot hold", (value) => {
    expect(dated(date32, value)).toBe(
      "The value for x is a time outside 1753-01-01 to 9999-12-31, which the service cannot hold.",
    );
  });

  it("refuses a time of day in a date", () => {
    expect(dated(date64, 86_400_001n)).toBe("The value for x is a date with a time of day in it.");
  });
});

describe("days out of timestamps without zone", () => {
  const midnight = 1_706_659_200_000_000n;
  const dayOf = (value: bigint, excess: "REFUSE" | "TRUNCATE"): string =>
    jsonValue(columnOf("x", naive("us"), [value]), day, { excess });

  it("are those of their midnight", () => {
    expect(dayOf(midnight, "REFUSE")).toBe('"2024-01-31"');
  });

  it("have no time of day, unless it may be cut", () => {
    expect(dayOf(midnight + 1n, "REFUSE")).toBe("The value for x is a date with a time of day in it.");
    expect(dayOf(midnight + 86_399_999_999n, "TRUNCATE")).toBe('"2024-01-31"');
    expect(dayOf(-1n, "TRUNCATE")).toBe('"1969-12-31"');
  });
});

describe("instants out of days", () => {
  const request = { columns: [{ sources: ["x"], target: "x", timestamp: { naive: "UTC" } }] } as const;

  it("are their midnight in UTC, once that is said", () => {
    expect(jsonValue(columnOf("x", date32, [19_753n]), instant, request)).toBe('"2024-01-31T00:00:00Z"');
    expect(jsonValue(columnOf("x", date64, [1_706_659_200_000n]), instant, request)).toBe('"2024-01-31T00:00:00Z"');
  });

  it("keep to the service's calendar", () => {
    expect(jsonValue(columnOf("x", date32, [-79_258n]), instant, request)).toContain("outside 1753-01-01");
  });
});

describe("a column without instants", () => {
  it("is not taken for one", () => {
    expect(() => dateTime("REFUSE")(columnOf("x", utf8, ["2024"]))).toThrow(RangeError);
  });
});

describe("instants", () => {
  it.each([
    [timestamp("s"), 1_706_695_200n, "2024-01-31T10:00:00Z"],
    [timestamp("ms"), 1_706_695_200_120n, "2024-01-31T10:00:00.12Z"],
    [timestamp("ms", "Europe/Berlin"), 9n, "1970-01-01T00:00:00.009Z"],
    [timestamp("us"), 1_706_695_200_000_001n, "2024-01-31T10:00:00.000001Z"],
    [timestamp("us"), -1n, "1969-12-31T23:59:59.999999Z"],
    [timestamp("ns"), 1_706_695_200_123_456_000n, "2024-01-31T10:00:00.123456Z"],
    [timestamp("ns"), -1_000n, "1969-12-31T23:59:59.999999Z"],
    [timestamp("us"), -6_847_804_800_000_000n, "1753-01-01T00:00:00Z"],
    [timestamp("us"), 253_402_300_799_999_999n, "9999-12-31T23:59:59.999999Z"],
  ] as const)("writes %j %d as %s", (type, value, expected) => {
    expect(timed(type, value)).toBe(`"${expected}"`);
  });

  it.each([-6_847_804_800_000_001n, 253_402_300_800_000_000n, -(2n ** 63n), 2n ** 63n - 1n])(
    "refuses %d microseconds, which the service cannot hold",
    (value) => {
      expect(timed(timestamp("us"), value)).toContain("outside 1753-01-01 to 9999-12-31");
    },
  );

  it("refuses seconds far beyond the calendar", () => {
    expect(timed(timestamp("s"), 2n ** 63n - 1n)).toContain("outside 1753-01-01 to 9999-12-31");
  });

  it("refuses digits beyond the microsecond", () => {
    expect(timed(timestamp("ns"), 1n)).toBe("The value for x is a time with digits beyond the microsecond.");
  });

  it("rounds nanoseconds to the nearest microsecond, into the next second if need be", () => {
    expect(timed(timestamp("ns"), 999_999_500n, "ROUND")).toBe('"1970-01-01T00:00:01Z"');
    expect(timed(timestamp("ns"), 1_499n, "ROUND")).toBe('"1970-01-01T00:00:00.000001Z"');
  });

  it("truncates nanoseconds", () => {
    expect(timed(timestamp("ns"), 1_999n, "TRUNCATE")).toBe('"1970-01-01T00:00:00.000001Z"');
  });

  it("takes a timestamp without zone for UTC where the request says so", () => {
    const column = columnOf("x", naive("us"), [0n]);
    const columns = [{ sources: ["x"], target: "x", timestamp: { naive: "UTC" as const } }];
    expect(jsonValue(column, instant, { columns })).toBe('"1970-01-01T00:00:00Z"');
  });
});
