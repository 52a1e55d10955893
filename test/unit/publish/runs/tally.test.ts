import { describe, expect, it } from "vitest";
import { add, failing, nothing, tallyOf } from "../../../../server/publish/runs/tally.ts";

const counts = { received: 20, notSent: 1, created: 3, updated: 1, upserted: 2, deleted: 1, unchanged: 1, failed: 2 };

describe("a tally", () => {
  it("calls a row settled that has an outcome, of whatever kind", () => {
    expect(tallyOf({ counts, begun: 12, refused: 1 })).toEqual({
      received: 20,
      notSent: 1,
      failed: 2,
      settled: 10,
      begun: 12,
      refused: 1,
    });
  });

  it("takes out what it took in", () => {
    const one = tallyOf({ counts, begun: 12, refused: 1 });
    expect(add(add(nothing, one, 1), one, -1)).toEqual(nothing);
  });
});

describe("the share of rows that fail", () => {
  const share = (tally: Partial<typeof nothing>): number => failing({ ...nothing, ...tally });

  it("is none of none", () => {
    expect(share({})).toBe(0);
  });

  it("is that of the checks among the rows that were looked at, while nothing was answered", () => {
    expect(share({ failed: 1000, refused: 1000, settled: 1000, begun: 10_000 })).toBe(0.1);
  });

  it("is that of the service among the rows that were answered, where the checks refuse none", () => {
    expect(share({ failed: 3000, settled: 4000, begun: 9000 })).toBe(0.75);
  });

  it("is not that of a few answers, while others are under way", () => {
    expect(share({ failed: 998, refused: 990, settled: 1000, begun: 33_000 })).toBeCloseTo(0.03 + 0.97 * 0.008);
  });

  it("adds to what the checks refuse what the service refuses of the rest", () => {
    expect(share({ failed: 950, refused: 500, settled: 1000, begun: 1000 })).toBe(0.95);
  });
});
