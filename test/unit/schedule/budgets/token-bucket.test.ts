import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../../../server/schedule/budgets/token-bucket.ts";

const source = { width: 1, perSecond: 4, room: 1000, isIdle: false, isShared: false };

/** A bucket whose burst is over, with so many seconds. */
function filled(seconds: number): TokenBucket {
  const bucket = new TokenBucket();
  bucket.overdrawn();
  bucket.refill({ ...source, perSecond: seconds }, 0);
  bucket.refill({ ...source, perSecond: seconds }, 1000);
  return bucket;
}

describe("a token bucket", () => {
  it("begins with a burst of all that the window has room for, and ends it before that is spent", () => {
    const bucket = new TokenBucket();
    bucket.refill({ ...source, isIdle: true }, 0);
    bucket.charge(600, 1);
    expect(bucket.isBurst).toBe(true);
    bucket.charge(100, 1);
    expect([bucket.isBurst, bucket.isOpen]).toEqual([false, true]);
  });

  it("is spent by what is booked, and says when there is something again", () => {
    const bucket = filled(10);
    bucket.book(30);
    expect([bucket.isOpen, bucket.openAt(4, 1000)]).toEqual([false, 6000]);
    bucket.cancel(30);
    expect([bucket.isOpen, bucket.openAt(4, 1000)]).toEqual([true, 1000]);
  });

  it("holds a few requests where the window is somebody else's, too", () => {
    const bucket = filled(10);
    bucket.refill({ ...source, width: 0.5, isShared: true }, 3_600_000);
    bucket.book(10);
    expect(bucket.isOpen).toBe(true);
    bucket.book(1);
    expect(bucket.isOpen).toBe(false);
  });

  it("holds no more than can be caught up without a volley, for each server", () => {
    for (const width of [1, 2]) {
      const bucket = filled(10);
      bucket.refill({ ...source, width }, 3_600_000);
      bucket.book(360 * width);
      expect(bucket.isOpen).toBe(true);
      bucket.book(1);
      expect(bucket.isOpen).toBe(false);
    }
  });

  it("gives lanes beyond those that a window sustains, the more the fuller it is", () => {
    expect([0, 10, 40, 120, 300].map((seconds) => filled(seconds).spareLanes(5, 1))).toEqual([0, 1, 3, 4, 7]);
  });

  it("gives them by what there is for each server", () => {
    expect([40, 80, 160].map((seconds) => filled(seconds).spareLanes(5, 4))).toEqual([1, 1, 3]);
  });

  it("has nothing to spend once the service says so, and begins no burst by itself", () => {
    const bucket = filled(100);
    bucket.overdrawn();
    expect([bucket.spareLanes(5, 1), bucket.isBurst]).toEqual([0, false]);
    bucket.beginBurst();
    expect(bucket.isBurst).toBe(true);
    bucket.endBurst();
    expect(bucket.isBurst).toBe(false);
  });

  it("keeps a burst to what the window has room for, whatever came before", () => {
    const bucket = filled(300);
    bucket.beginBurst();
    bucket.refill({ ...source, room: 20, isIdle: true }, 2000);
    bucket.book(21);
    expect(bucket.isOpen).toBe(false);
  });
});
