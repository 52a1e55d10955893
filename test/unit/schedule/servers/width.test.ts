import { describe, expect, it } from "vitest";
import type { FirstWidth } from "../../../../server/schedule/servers/width.ts";
import { Width } from "../../../../server/schedule/servers/width.ts";

const nothing = (): FirstWidth => ({ value: Number.POSITIVE_INFINITY });

function refusedAt(...used: readonly number[]): Width {
  const width = new Width(nothing());
  for (const [i, seconds] of used.entries()) width.refused(seconds / 1200, i * 1000);
  return width;
}

describe("how many servers there are that cannot be addressed", () => {
  it("is unbounded until a window turns out to be full", () => {
    const width = new Width(nothing());
    expect([width.value, width.isGuess]).toEqual([Number.POSITIVE_INFINITY, false]);
    width.calm(1e9);
    expect(width.value).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([1200, 1090, 1390])("is one when the first refusal comes at %i s of use", (used) => {
    expect(refusedAt(used)).toMatchObject({ value: 1, isGuess: false });
  });

  it("is what the first refusal shows when that comes later", () => {
    expect(refusedAt(4200)).toMatchObject({ value: 3.5, isGuess: true });
  });

  it.each([
    [600, 0.5],
    [0, 0.25],
  ])("is what one has where the first refusal comes earlier, at %i s: somebody else has the rest", (used, value) => {
    expect(refusedAt(used)).toMatchObject({ value, isGuess: true });
  });

  it("becomes a little less with each further refusal, and never nothing", () => {
    const width = refusedAt(4200, 4200);
    expect(width.value).toBeGreaterThan(3.3);
    expect(width.value).toBeLessThan(3.5);
    for (let i = 0; i < 500; i++) width.refused(4200 / 1200, i);
    expect(width.value).toBe(0.05);
  });

  it("becomes a little more for each while of full windows without a refusal, then somewhat faster", () => {
    const width = refusedAt(4200);
    width.calm(19_000);
    expect(width.value, "too soon").toBe(3.5);
    const gains = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((nth) => {
      const before = width.value;
      width.calm(nth * 20_000);
      width.calm(nth * 20_000 + 1);
      return Math.round(100 * (width.value - before));
    });
    expect(gains).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8]);
    width.refused(1, 300_000);
    const before = width.value;
    width.calm(320_000);
    expect(width.value - before, "after a refusal as at first").toBeCloseTo(0.01);
  });

  it("comes to the same for who has much and who has little, where refusals come to both", () => {
    const [much, little] = [refusedAt(4200), refusedAt(300)];
    for (let now = 0; now < 6 * 3_600_000; now += 20_000) {
      const isFull = much.value + little.value > 4;
      for (const width of [much, little]) {
        if (isFull) width.refused(width.value, now);
        else width.calm(now);
      }
    }
    expect(much.value - little.value).toBeLessThan(0.1);
    expect(much.value + little.value).toBeGreaterThan(3.7);
  });

  it.each([
    [600, true],
    // As much as whoever is refused at once is given.
    [100, false],
    // Half of two servers, unevenly filled.
    [900, false],
    [1200, false],
    [4200, false],
  ])("is a part of one server where the first refusal comes at %i s of use: %s", (used, isShared) => {
    expect(refusedAt(used).isShared).toBe(isShared);
  });

  it("becomes less by more where somebody else tries to have more of the same server, too", () => {
    expect(refusedAt(600, 600).value).toBeCloseTo(0.475);
  });

  it("is left alone for a window after a refusal where somebody else uses the same server", () => {
    const width = refusedAt(600);
    width.calm(299_000);
    expect(width.value).toBe(0.5);
    width.calm(301_000);
    expect(width.value).toBeCloseTo(0.51);
    width.calm(322_000);
    expect(width.value).toBeCloseTo(0.53);
  });

  it("is no part of one server any more once it is more than that", () => {
    const width = refusedAt(600);
    for (let now = 301_000; width.value < 1.2; now += 20_000) width.calm(now);
    expect(width.isShared).toBe(false);
  });

  it("stays one, however calm it is", () => {
    const width = refusedAt(1200);
    width.calm(1e9);
    expect(width.value).toBe(1);
  });

  it("is begun with what another principal has seen, and corrected by each for itself", () => {
    const first = nothing();
    const [a, b] = [new Width(first), new Width(first)];
    a.refused(4200 / 1200, 0);
    expect(b).toMatchObject({ value: 3.5, isGuess: true });
    b.refused(4200 / 1200, 1);
    expect(b.value).toBeLessThan(3.5);
    expect(a.value).toBe(3.5);
  });

  it("is not begun with what somebody else leaves of another principal's windows", () => {
    const first = nothing();
    const [a, b] = [new Width(first), new Width(first)];
    a.refused(0.1, 0);
    expect([a.isGuess, b.value]).toEqual([true, Number.POSITIVE_INFINITY]);
  });
});
