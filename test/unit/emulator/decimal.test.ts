import { describe, expect, it } from "vitest";
import { canonicalDecimal, compareDecimals, roundDecimal, withFraction } from "../../emulator/rows/decimal.ts";

describe("a decimal", () => {
  it.each([
    ["1", "1"],
    ["-0.00", "0"],
    ["1.500", "1.5"],
    ["12e3", "12000"],
    ["12.34e-3", "0.01234"],
    ["0.00012E4", "1.2"],
    ["1e-2", "0.01"],
  ])("%s is %s", (text, canonical) => {
    expect(canonicalDecimal(text)).toBe(canonical);
  });

  it.each(["", "x", "1e999999999", ".5", "1."])("%s is none", (text) => {
    expect(canonicalDecimal(text)).toBeUndefined();
  });

  it("is ordered exactly where a double would not do", () => {
    expect(compareDecimals("90071992547409.930000001", "90071992547409.93")).toBeGreaterThan(0);
    expect(compareDecimals("-12345678901234567890", "-12345678901234567889")).toBeLessThan(0);
    expect(compareDecimals("2", "10")).toBeLessThan(0);
  });

  it("is shown with a number of digits and rounded to one", () => {
    expect(withFraction("5", 4)).toBe("5.0000");
    expect(withFraction("5.25", 4)).toBe("5.2500");
    expect(roundDecimal("-2.345", 2)).toBe("-2.35");
    expect(roundDecimal("0.004", 2)).toBe("0");
  });
});
