import { describe, expect, it } from "vitest";
import { spareLanes } from "../../../../server/schedule/lanes/spare-lanes.ts";

describe("spare lanes", () => {
  it("are one at least, and a small share of many lanes", () => {
    expect([spareLanes(1, 0, 1), spareLanes(4, 0, 8), spareLanes(100, 0, 1)]).toEqual([1, 1, 5]);
  });

  it("make up for what travels, and for what chance makes of it", () => {
    expect(spareLanes(100, 0.5, 1)).toBe(1 + 50 + 6);
  });

  it("are more where each principal may have its own part: what travels of one is made up for by no other", () => {
    expect(spareLanes(8, 0.3, 4)).toBe(spareLanes(8, 0.3, 1) + 1);
    expect(spareLanes(8, 0.02, 4), "where hardly anything travels").toBe(spareLanes(8, 0.02, 1));
  });

  it("are enough for one beside each principal's own, where a fifth of the time is travelled", () => {
    expect(spareLanes(4, 0.25, 4)).toBe(4);
  });

  it("are no more than twice the lanes, however short requests are", () => {
    expect(spareLanes(100, 40, 1)).toBe(spareLanes(100, 1, 1));
  });
});
