import { describe, expect, it } from "vitest";
import { SlidingSum, windowMs } from "../../../../server/schedule/budgets/sliding-sum.ts";
import { seededRandom } from "../../../support/virtual-clock.ts";

/** A day after the clock's zero, on the second. */
const day = 86_400_000;

describe("a sliding sum", () => {
  it.each([0, 1, 500, 999])(
    "keeps what was spent %i ms into a second for the whole window, and a second more at most",
    (ms) => {
      const sum = new SlidingSum();
      const at = day + ms;
      sum.add(7, at, at);
      expect(sum.at(at)).toBe(7);
      expect(sum.at(at + windowMs), "early").toBe(7);
      expect(sum.at(at + windowMs + 1000), "late").toBe(0);
    },
  );

  it("lets go of what took a while as it was spent, not all at once", () => {
    const sum = new SlidingSum();
    sum.add(10, day, day + 9999);
    const left = [1, 4, 10].map((seconds) => sum.at(day + windowMs + seconds * 1000));
    expect(left).toEqual([9, 6, 0].map((amount) => expect.closeTo(amount)));
  });

  it("counts all of what began before the window", () => {
    const sum = new SlidingSum();
    sum.add(600, day - 600_000, day);
    expect(sum.at(day)).toBe(600);
    expect(sum.at(day + windowMs / 2)).toBeCloseTo(300, -1);
  });

  it("lets go evenly of what began before the window, as if it had begun with it", () => {
    const sum = new SlidingSum();
    sum.add(301, day - 10 * windowMs, day);
    expect(sum.at(day + 1000), "a second's part of the window").toBeCloseTo(300);
    expect(sum.at(day + windowMs)).toBeCloseTo(1);
  });

  it("holds what is to come as spent now, whole and in one second", () => {
    const sum = new SlidingSum();
    sum.add(3, day + 60_000, day);
    expect([sum.at(day + windowMs), sum.at(day + windowMs + 1000)]).toEqual([3, 0]);
  });

  it("counts all of what began before the clock's zero", () => {
    const sum = new SlidingSum();
    sum.add(10, -60_000, 5000);
    expect(sum.at(7000)).toBeCloseTo(10);
  });

  it("takes the future for now", () => {
    const sum = new SlidingSum();
    sum.add(3, day + 60_000, day);
    expect([sum.at(day), sum.at(day + 5000)]).toEqual([3, 3]);
    expect(sum.at(day + windowMs + 1000)).toBe(0);
  });

  it("works from the clock's zero, and after a pause longer than any window", () => {
    const sum = new SlidingSum();
    sum.add(1, 0, 0);
    expect([sum.at(windowMs), sum.at(1000 * windowMs)]).toEqual([1, 0]);
    sum.add(2, 1000 * windowMs, 1000 * windowMs);
    expect(sum.at(1001 * windowMs)).toBe(2);
  });

  it("keeps no rounding error for longer than a window", () => {
    const sum = new SlidingSum();
    for (let i = 0; i < 10_000; i++) sum.add(0.1, day, day + i);
    expect(sum.at(day + 2 * windowMs)).toBe(0);
  });

  it("tells to the second when so much is left", () => {
    const random = seededRandom(1);
    const sum = new SlidingSum();
    let now = day;
    for (let i = 0; i < 50; i++) {
      now += random() * 5000;
      sum.add(random() * 10, now - random() * 8000, now);
    }
    const whole = sum.at(now);
    const times = [0.9, 0.5, 0.1, 0].map((share) => ({ target: share * whole + 1e-9, at: 0 }));
    for (const each of times) each.at = sum.whenAtMost(each.target, now);
    for (const { target, at } of times) {
      expect(sum.at(at - 1)).toBeGreaterThan(target);
      expect(sum.at(at)).toBeLessThanOrEqual(target);
    }
  });

  it("has so little left at once where it never had more", () => {
    const sum = new SlidingSum();
    sum.add(5, day, day);
    expect(sum.whenAtMost(5, day + 700)).toBe(day + 700);
    expect(sum.whenAtMost(-1, day), "never, so when all is gone").toBe(day + windowMs + 1000);
  });
});
