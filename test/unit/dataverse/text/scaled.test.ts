import { describe, expect, it } from "vitest";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { ScaledRange, writeScaled } from "../../../../server/dataverse/text/scaled.ts";

function written(value: number, scale: number): string {
  const out = new Bytes(4);
  writeScaled(value, 10 ** scale, scale, out);
  return out.view(0, out.length).toString();
}

describe("a whole number over a power of ten", () => {
  it.each([
    [0, 4, "0"],
    [-0, 4, "0"],
    [12_500, 4, "1.25"],
    [-12_500, 4, "-1.25"],
    [-5, 4, "-0.0005"],
    [40_000, 4, "4"],
    [7, 0, "7"],
    [-7, 0, "-7"],
    [123_456_789_012_345, 9, "123456.789012345"],
    [1, 15, "0.000000000000001"],
    [999_999_999_999_999, 15, "0.999999999999999"],
    [999_999_999_999_999, 4, "99999999999.9999"],
    [999_999_999_999_999, 1, "99999999999999.9"],
  ])("%d at scale %i is written %s", (value, scale, expected) => {
    expect(written(value, scale)).toBe(expected);
  });
});

describe("a range", () => {
  const flaw = (value: number, min: string, max: string, scale = 2): string | undefined =>
    new ScaledRange({ min, max }, scale).flawOf(value);

  it("holds its limits", () => {
    expect([flaw(110, "1.1", "1.1"), flaw(-2_500, "-25", "25"), flaw(2_500, "-25", "25")]).toEqual(
      Array(3).fill(undefined),
    );
  });

  it("names the limit that a value goes beyond", () => {
    expect(flaw(109, "1.1", "2")).toBe("a number below its minimum of 1.1");
    expect(flaw(201, "1.1", "2")).toBe("a number above its maximum of 2");
    expect(flaw(13, "0", "0.125")).toBe("a number above its maximum of 0.125");
    expect(flaw(12, "0", "0.125")).toBeUndefined();
  });

  it("takes limits beyond its own reach for what they are", () => {
    const far = 999_999_999_999_999;
    expect(flaw(far, "-922337203685477", "922337203685477", 10)).toBeUndefined();
    expect(flaw(-far, "-922337203685477", "922337203685477", 10)).toBeUndefined();
    expect(flaw(far, "922337203685477", "922337203685478", 10)).toContain("below its minimum");
  });

  it("without limits holds everything", () => {
    const open = new ScaledRange({ min: undefined, max: undefined }, 4);
    expect([open.flawOf(-999_999_999_999_999), open.flawOf(999_999_999_999_999)]).toEqual([undefined, undefined]);
  });
});
