import { describe, expect, it } from "vitest";
import { Reserve } from "../../../../server/schedule/budgets/reserve.ts";

const source = { width: 1, perSecond: 4, room: 1000, isIdle: false, isShared: false };

/** A reserve whose burst is over, with so many seconds. */
function filled(seconds: number): Reserve {
  const reserve = new Reserve();
  reserve.overdrawn();
  reserve.refill({ ...source, perSecond: seconds }, 0);
  reserve.refill({ ...source, perSecond: seconds }, 1000);
  return reserve;
}

describe("a reserve", () => {
  it("begins with a burst of all that the window has room for, and ends it before that is spent", () => {
    const reserve = new Reserve();
    reserve.refill({ ...source, isIdle: true }, 0);
    reserve.charge(600, 1);
    expect(reserve.isBurst).toBe(true);
    reserve.charge(100, 1);
    expect([reserve.isBurst, reserve.isOpen]).toEqual([false, true]);
  });

  it("is spent by what is booked, and says when there is something again", () => {
    const reserve = filled(10);
    reserve.book(30);
    expect([reserve.isOpen, reserve.openAt(4, 1000)]).toEqual([false, 6000]);
    reserve.cancel(30);
    expect([reserve.isOpen, reserve.openAt(4, 1000)]).toEqual([true, 1000]);
  });

  it("holds a few requests where the window is somebody else's, too", () => {
    const reserve = filled(10);
    reserve.refill({ ...source, width: 0.5, isShared: true }, 3_600_000);
    reserve.book(10);
    expect(reserve.isOpen).toBe(true);
    reserve.book(1);
    expect(reserve.isOpen).toBe(false);
  });

  it("holds no more than can be caught up without a volley, for each server", () => {
    for (const width of [1, 2]) {
      const reserve = filled(10);
      reserve.refill({ ...source, width }, 3_600_000);
      reserve.book(360 * width);
      expect(reserve.isOpen).toBe(true);
      reserve.book(1);
      expect(reserve.isOpen).toBe(false);
    }
  });

  it("gives lanes beyond those that a window sustains, the more the fuller it is", () => {
    expect([0, 10, 40, 120, 300].map((seconds) => filled(seconds).spareLanes(5, 1))).toEqual([0, 1, 3, 4, 7]);
  });

  it("gives them by what there is for each server", () => {
    expect([40, 80, 160].map((seconds) => filled(seconds).spareLanes(5, 4))).toEqual([1, 1, 3]);
  });

  it("has nothing to spend once the service says so, and begins no burst by itself", () => {
    const reserve = filled(100);
    reserve.overdrawn();
    expect([reserve.spareLanes(5, 1), reserve.isBurst]).toEqual([0, false]);
    reserve.beginBurst();
    expect(reserve.isBurst).toBe(true);
    reserve.endBurst();
    expect(reserve.isBurst).toBe(false);
  });

  it("keeps a burst to what the window has room for, whatever came before", () => {
    const reserve = filled(300);
    reserve.beginBurst();
    reserve.refill({ ...source, room: 20, isIdle: true }, 2000);
    reserve.book(21);
    expect(reserve.isOpen).toBe(false);
  });
});
