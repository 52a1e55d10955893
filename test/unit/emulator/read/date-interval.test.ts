import { describe, expect, it } from "vitest";
import { intervalOf } from "../../../emulator/read/date-interval.ts";

/** A Wednesday. */
const now = Date.UTC(2024, 1, 14, 12, 30);

describe("the interval", () => {
  it.each([
    ["today", "2024-02-14", "2024-02-15"],
    ["yesterday", "2024-02-13", "2024-02-14"],
    ["tomorrow", "2024-02-15", "2024-02-16"],
    ["this-week", "2024-02-11", "2024-02-18"],
    ["last-week", "2024-02-04", "2024-02-11"],
    ["next-week", "2024-02-18", "2024-02-25"],
    ["this-month", "2024-02-01", "2024-03-01"],
    ["last-month", "2024-01-01", "2024-02-01"],
    ["next-year", "2025-01-01", "2026-01-01"],
  ])("of %s goes from %s to %s", (operator, from, to) => {
    expect(intervalOf(operator, now, 0)).toEqual({ from: Date.parse(from), to: Date.parse(to) });
  });

  it.each([
    ["last-seven-days", "2024-02-07T00:00:00.000Z"],
    ["last-x-hours", "2024-02-14T10:30:00.000Z"],
    ["last-x-days", "2024-02-12T00:00:00.000Z"],
    ["last-x-weeks", "2024-01-31T00:00:00.000Z"],
    ["last-x-months", "2023-12-14T00:00:00.000Z"],
    ["last-x-years", "2022-02-14T00:00:00.000Z"],
  ])("of %s goes from %s to now", (operator, from) => {
    expect(intervalOf(operator, now, 2)).toEqual({ from: Date.parse(from), to: now + 1 });
  });

  it.each([
    ["next-seven-days", "2024-02-22T00:00:00.000Z"],
    ["next-x-hours", "2024-02-14T14:30:00.000Z"],
    ["next-x-days", "2024-02-17T00:00:00.000Z"],
  ])("of %s goes from now to %s", (operator, to) => {
    expect(intervalOf(operator, now, 2)).toEqual({ from: now, to: Date.parse(to) });
  });

  it("of what is older ends before now", () => {
    expect(intervalOf("olderthan-x-minutes", now, 30)?.to).toBe(now - 1_800_000);
    expect(intervalOf("olderthan-x-months", now, 1)?.to).toBe(Date.UTC(2024, 0, 14, 12, 30));
  });

  it.each(["eq", "last-x-minutes", "this-decade"])("of %s is none", (operator) => {
    expect(intervalOf(operator, now, 1)).toBeUndefined();
  });
});
