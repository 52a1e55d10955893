import { describe, expect, it } from "vitest";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import type { Excess } from "../../../../server/dataverse/text/exact-decimal.ts";
import { ExactDecimal } from "../../../../server/dataverse/text/exact-decimal.ts";

function textOf(value: ExactDecimal): string {
  const out = new Bytes(8);
  value.write(out);
  return out.view(0, out.length).toString("latin1");
}

function fitted(text: string, precision: number, excess: Excess): string | undefined {
  const value = new ExactDecimal().loadText(text);
  return value.fit(precision, excess) ? textOf(value) : undefined;
}

describe("ExactDecimal", () => {
  it.each([
    ["0", "0"],
    ["-0.00", "0"],
    ["007.5000", "7.5"],
    ["-0.001", "-0.001"],
    ["1e21", "1000000000000000000000"],
    ["1.25e+2", "125"],
    ["1.5e-7", "0.00000015"],
  ])("reads %s as %s", (text, expected) => {
    expect(textOf(new ExactDecimal().loadText(text))).toBe(expected);
  });

  it("refuses what is no number", () => {
    expect(() => new ExactDecimal().loadText("1,5")).toThrow(RangeError);
  });

  it("reads words beyond 2^53 exactly", () => {
    const view = new DataView(new ArrayBuffer(16));
    view.setBigInt64(0, -1n, true);
    view.setBigInt64(8, 2n ** 62n, true);
    const expected = 2n ** 126n + (2n ** 64n - 1n);
    expect(textOf(new ExactDecimal().loadWords(view, 0, { count: 4, scale: 0 }))).toBe(String(expected));
  });

  it("reads the most negative words, whose magnitude has no positive twin", () => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, -(2n ** 63n), true);
    expect(textOf(new ExactDecimal().loadWords(view, 0, { count: 2, scale: 3 }))).toBe("-9223372036854775.808");
  });

  it("reads unsigned words above the signed range", () => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, 2n ** 64n - 1n, true);
    expect(textOf(new ExactDecimal().loadUnsignedWords(view, 0))).toBe("18446744073709551615");
  });

  it("refuses lost digits and stays as it was", () => {
    const value = new ExactDecimal().loadText("1.25");
    expect(value.fit(1, "REFUSE")).toBe(false);
    expect(textOf(value)).toBe("1.25");
  });

  it("loses no digits where the rest is zeros", () => {
    expect(fitted("1.2500", 2, "REFUSE")).toBe("1.25");
  });

  it.each([
    ["1.25", 1, "1.3"],
    ["-1.25", 1, "-1.3"],
    ["1.2499", 1, "1.2"],
    ["9.995", 2, "10"],
    ["99.5", 0, "100"],
    ["0.005", 2, "0.01"],
    ["0.0049", 2, "0"],
    ["-0.0004", 2, "0"],
    ["0.0000007", 2, "0"],
  ])("rounds %s to %d digits, halves away from zero", (text, precision, expected) => {
    expect(fitted(text, precision, "ROUND")).toBe(expected);
  });

  it.each([
    ["1.29", 1, "1.2"],
    ["-1.29", 1, "-1.2"],
    ["0.009", 2, "0"],
  ])("truncates %s to %d digits, towards zero", (text, precision, expected) => {
    expect(fitted(text, precision, "TRUNCATE")).toBe(expected);
  });

  it.each([
    ["1", "2", -1],
    ["-1", "1", -1],
    ["-2", "-1", -1],
    ["10", "9", 1],
    ["0.1", "0.10", 0],
    ["0.001", "0.01", -1],
    ["922337203685477.0001", "922337203685477", 1],
    ["0", "-0.0001", 1],
    ["0", "0", 0],
  ])("compares %s with %s", (left, right, expected) => {
    expect(Math.sign(new ExactDecimal().loadText(left).compare(new ExactDecimal().loadText(right)))).toBe(expected);
  });
});
