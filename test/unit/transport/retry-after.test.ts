import { describe, expect, it } from "vitest";
import type { RetryAfter } from "../../../server/transport/retry-after.ts";
import { readRetryAfter } from "../../../server/transport/retry-after.ts";

const date = "Thu, 29 Feb 2024 23:59:58 GMT";

const table: readonly (readonly [string | undefined, RetryAfter])[] = [
  ["1", 1_000],
  ["12", 12_000],
  ["012", 12_000],
  [" 12 ", 12_000],
  ["+12", 12_000],
  ["12.5", 12_500],
  ["1.0004", 1_001],
  ["3.", 3_000],
  ["0.5", 1_000],
  ["0", 1_000],
  ["-0", 1_000],
  ["-5", 1_000],
  ["900", 900_000],
  ["900.001", "too_long"],
  ["901", "too_long"],
  ["1000000000", "too_long"],
  ["99999999999999999999999999999999", "too_long"],
  ["1e9", "missing"],
  ["0x10", "missing"],
  ["Infinity", "missing"],
  ["NaN", "missing"],
  ["soon", "missing"],
  ["", "missing"],
  [undefined, "missing"],
  ["12s", "missing"],
  ["00:00:12", "missing"],
  ["5, 12", 12_000],
  ["12, 5", 12_000],
  ["12, soon", 12_000],
  ["5, 901", "too_long"],
  ["Fri, 01 Mar 2024 00:00:03 GMT", 5_000],
  ["Thu, 29 Feb 2024 23:59:58 GMT", 1_000],
  ["Thu, 29 Feb 2024 22:00:00 GMT", 1_000],
  ["Fri, 28 Feb 2025 23:59:58 GMT", "too_long"],
  ["2, Fri, 01 Mar 2024 00:00:03 GMT", 5_000],
  ["Fri, 01 Mär 2024 00:00:03 GMT", "missing"],
];

describe("readRetryAfter", () => {
  it.each(table)("reads %j as %j", (value, expected) => {
    const headers = value === undefined ? { date } : { date, "retry-after": value };
    expect(readRetryAfter(headers, 900_000)).toBe(expected);
  });

  it("does not measure a date against our own clock when the reply has none", () => {
    expect(readRetryAfter({ "retry-after": "Fri, 01 Mar 2024 00:00:03 GMT" }, 900_000)).toBe("missing");
  });
});
