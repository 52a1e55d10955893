import { describe, expect, it } from "vitest";
import { Share } from "../../../../server/schedule/budgets/share.ts";

const hour = 3_600_000;

describe("the share of a limit that is planned with", () => {
  it("leaves a little for errors of measuring, and nothing to grow back", () => {
    const share = new Share();
    expect([share.at(0), share.isRecovering]).toEqual([0.985, false]);
  });

  it("becomes a little less where nearly all was our own use", () => {
    const share = new Share();
    share.overdrawn(0.95, 0);
    expect([share.at(0), share.isRecovering]).toEqual([0.985 - 0.015, true]);
  });

  it("becomes much less where somebody else used the rest, and less by little until all is had again", () => {
    const share = new Share();
    share.overdrawn(0.5, 0);
    expect(share.at(0)).toBeCloseTo(0.985 * 0.65);
    share.overdrawn(0.5, 0);
    expect(share.at(0)).toBeCloseTo(0.985 * 0.65 * 0.92);
    expect(share.at(hour)).toBe(0.985);
    share.overdrawn(0.1, hour);
    expect(share.at(hour)).toBeCloseTo(0.985 * 0.65);
  });

  it("grows back at once where nobody else was seen", () => {
    const share = new Share();
    share.overdrawn(0.95, 0);
    expect(share.at(100_000) - 0.97).toBeCloseTo(0.01);
    expect([share.isShared, share.isTrying]).toEqual([false, false]);
  });
});

describe("a share that was refused beside somebody else", () => {
  /** Of which half is left. */
  function half(): Share {
    const share = new Share();
    for (const used of [0.4, 0.4, 0.4]) share.overdrawn(used, 0);
    share.overdrawn(0.5, 0);
    return share;
  }

  it("rests for a window, is tried beyond by a little, then in leaps: who was there may have left", () => {
    const share = half();
    const held = share.at(0);
    expect([share.at(300_000), share.isTrying]).toEqual([held, false]);
    expect(share.at(450_000) - held).toBeCloseTo(0.015);
    expect([share.isShared, share.isTrying]).toEqual([true, true]);
    expect(share.at(600_000) - held).toBeCloseTo(0.045);
    expect(share.at(1_200_000)).toBe(0.985);
    expect([share.isShared, share.isTrying]).toEqual([false, false]);
  });

  it("is what was used when it is refused as its own, less a step: the rest was believed in vain", () => {
    expect(half().at(0)).toBeCloseTo(0.5 - 0.015);
  });

  it("rests ever longer while nothing changes, up to an hour", () => {
    const share = half();
    const rests: number[] = [];
    let now = 0;
    for (let i = 0; i < 6; i += 1) {
      const from = now;
      while (!share.isTrying) {
        now += 10_000;
        share.at(now);
      }
      rests.push(Math.round((now - from) / 300_000));
      share.overdrawn(0.5, now);
    }
    expect(rests).toEqual([1, 2, 4, 8, 12, 12]);
  });

  it("rests as long again when it is refused before it was tried, and no longer when more is left than before", () => {
    const share = half();
    const held = share.at(0);
    share.overdrawn(held, 200_000);
    share.at(490_000);
    expect(share.isTrying).toBe(false);
    share.at(510_000);
    expect(share.isTrying).toBe(true);
    share.at(1_000_000);
    share.overdrawn(0.7, 1_000_000);
    share.at(1_310_000);
    expect(share.isTrying).toBe(true);
  });
});

describe("the least share", () => {
  it("is never nothing", () => {
    const share = new Share();
    for (let i = 0; i < 100; i += 1) share.overdrawn(0, 0);
    expect(share.at(0)).toBe(0.05);
  });
});
