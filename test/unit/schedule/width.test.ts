import { describe, expect, it } from "vitest";
import type { FirstWidth } from "../../../server/schedule/width.ts";
import { Width } from "../../../server/schedule/width.ts";

const nothing = (): FirstWidth => ({ value: Number.POSITIVE_INFINITY });

function refusedAt(...used: readonly number[]): Width {
  const width = new Width(nothing());
  for (const [i, seconds] of used.entries()) width.refused(seconds / 1200, i * 1000);
  return width;
}

describe("how many servers there are that cannot be addressed", () => {
  it("is unbounded until a window turns out to be full", () => {
    const width = new Width(nothing());
    expect([width.value, width.isMany]).toEqual([Number.POSITIVE_INFINITY, false]);
    width.calm(1e9);
    expect(width.value).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([1200, 1010, 1390, 300])("is one when the first refusal comes at %i s of use", (used) => {
    expect(refusedAt(used)).toMatchObject({ value: 1, isMany: false });
  });

  it("is what the first refusal shows when that comes later", () => {
    expect(refusedAt(4200)).toMatchObject({ value: 3.5, isMany: true });
  });

  it("becomes a little less with each further refusal, and never less than one", () => {
    const width = refusedAt(4200, 4200);
    expect(width.value).toBeGreaterThan(3.3);
    expect(width.value).toBeLessThan(3.5);
    for (let i = 0; i < 500; i++) width.refused(4200 / 1200, i);
    expect(width.value).toBe(1);
  });

  it("becomes a little more for each while of full windows without a refusal", () => {
    const width = refusedAt(4200);
    width.calm(19_000);
    expect(width.value, "too soon").toBe(3.5);
    width.calm(21_000);
    const after = width.value;
    expect(after).toBeGreaterThan(3.5);
    expect(after).toBeLessThan(3.7);
    width.calm(22_000);
    expect(width.value, "once in a while").toBe(after);
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
    expect(b).toMatchObject({ value: 3.5, isMany: true });
    b.refused(4200 / 1200, 1);
    expect(b.value).toBeLessThan(3.5);
    expect(a.value).toBe(3.5);
  });
});
