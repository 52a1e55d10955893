import { describe, expect, it } from "vitest";
import { RepliesNeeded } from "../../../../server/schedule/lanes/replies-needed.ts";
import type { Sample } from "../../../../server/schedule/lanes/rungs.ts";

const replies = (...seconds: readonly number[]): readonly Sample[] =>
  seconds.map((each) => ({ kind: "account", rows: 1, seconds: each, travelled: 0 }));
const long = replies(8);

describe("the replies that tell of a number of lanes", () => {
  it("are a round and a half, of few lanes sixteen", () => {
    const needed = new RepliesNeeded();
    expect([needed.toHold(2), needed.toHold(40)]).toEqual([16, 60]);
  });

  it("are three where half of few lanes are tried, and more where a step is small", () => {
    const needed = new RepliesNeeded();
    expect(needed.toCompare(1, 0.5, long)).toBe(3);
    expect(needed.toCompare(3, 0.75, long)).toBeGreaterThan(10);
  });

  it("are three of each lane at most where they are short, since the first ones tell of the lanes before", () => {
    const needed = new RepliesNeeded();
    expect(needed.toCompare(40, 0.5, long)).toBe(60);
    expect(needed.toCompare(40, 0.5, replies(0.1))).toBe(120);
  });

  it("are more where single replies are seen to tell little", () => {
    const needed = new RepliesNeeded();
    const before = needed.toCompare(2, 0.5, long);
    for (let i = 0; i < 10; i += 1) needed.judged(replies(0.1, 2, 0.2, 1.5));
    expect(needed.toCompare(2, 0.5, long)).toBeGreaterThan(2 * before);
  });
});
