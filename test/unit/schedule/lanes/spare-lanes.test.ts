import { describe, expect, it } from "vitest";
import { spareLanes } from "../../../../server/schedule/lanes/spare-lanes.ts";

describe("spare lanes", () => {
  it("are one at least, and a small share of many lanes", () => {
    expect([spareLanes(1, 0), spareLanes(4, 0), spareLanes(100, 0)]).toEqual([1, 1, 5]);
  });

  it("make up for what travels, and for what chance makes of it", () => {
    expect(spareLanes(100, 0.5)).toBe(1 + 50 + 6);
  });

  it("are no more than twice the lanes, however short requests are", () => {
    expect(spareLanes(100, 40)).toBe(spareLanes(100, 1));
  });
});
