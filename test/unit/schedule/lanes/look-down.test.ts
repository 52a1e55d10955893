import { describe, expect, it } from "vitest";
import { LookDown } from "../../../../server/schedule/lanes/look-down.ts";

const minute = 60_000;

/** Milliseconds until the next look. */
function waitOf(look: LookDown, now: number): number {
  let ms = 0;
  while (!look.isDue(now + ms)) ms += 1000;
  return ms;
}

describe("a look at fewer lanes", () => {
  it("is due at once, then ever more seldom, and soon again once fewer did as much", () => {
    const look = new LookDown();
    expect(look.isDue(0)).toBe(true);
    const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
      look.begin(0);
      return waitOf(look, 0) / minute;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 20, 20]);
    look.found();
    look.begin(0);
    expect(waitOf(look, 0)).toBe(minute);
  });

  it("that was in vain twice in a row is earned a hundred times before the next", () => {
    const look = new LookDown();
    look.begin(0);
    look.inVain(0.5, 10_000);
    expect(waitOf(look, 10_000), "one may be noise").toBe(50_000);
    look.begin(minute);
    look.inVain(0.5, minute + 10_000);
    expect(waitOf(look, minute + 10_000)).toBe(500_000);
  });

  it("that ended on the way is soon followed by another", () => {
    const look = new LookDown();
    for (let i = 0; i < 5; i += 1) look.begin(0);
    look.endedOnTheWay(0);
    expect(waitOf(look, 0)).toBe(minute / 2);
  });
});
