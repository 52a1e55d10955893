import { describe, expect, it } from "vitest";
import { Rejections } from "../../../../server/schedule/outages/rejections.ts";

/** What the last of so many rejections tells, one a second, after a request was let in that left after the first. */
function last(rejected: number, { letIn = 1, leftAt = 10 }: { letIn?: number; leftAt?: number } = {}): boolean {
  const rejections = new Rejections();
  rejections.rejected(0);
  for (let i = 0; i < letIn; i++) rejections.letIn(leftAt);
  let tells = false;
  for (let i = 1; i < rejected; i++) tells = rejections.rejected(i * 1000);
  return tells;
}

describe("a request that is rejected", () => {
  it("was one too many where others are let in meanwhile", () => {
    expect(last(4)).toBe(true);
  });

  it("tells nothing where nobody is let in, for then the service is away", () => {
    expect(last(100, { letIn: 0 })).toBe(false);
    expect(last(100, { leftAt: -1 }), "those that were let in had left before").toBe(false);
  });

  it("tells nothing alone, nor where it is one of many that are let in", () => {
    expect(last(3)).toBe(false);
    expect([last(5, { letIn: 20 }), last(5, { letIn: 21 })]).toEqual([true, false]);
  });

  it("tells nothing of what was a minute before", () => {
    const rejections = new Rejections();
    rejections.rejected(0);
    rejections.letIn(10);
    for (let i = 0; i < 3; i++) rejections.rejected(1000);
    expect(rejections.rejected(61_000)).toBe(true);
    expect(rejections.rejected(121_001)).toBe(false);
  });
});
