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

  it("becomes much less where somebody else used the rest, and less by little as long as they are remembered", () => {
    const share = new Share();
    share.overdrawn(0.5, 0);
    expect(share.at(0)).toBeCloseTo(0.985 * 0.65);
    share.overdrawn(0.5, 0);
    expect(share.at(0)).toBeCloseTo(0.985 * 0.65 * 0.92);
    share.overdrawn(0.1, hour + 1);
    expect(share.at(hour + 1)).toBeLessThan(0.7 * 0.985);
  });

  it("grows back within hours, three times slower while somebody else is remembered", () => {
    const [alone, beside] = [new Share(), new Share()];
    alone.overdrawn(0.95, 0);
    beside.overdrawn(0.5, 0);
    expect(alone.at(100_000) - 0.97).toBeCloseTo(0.01);
    expect(beside.at(100_000) - 0.985 * 0.65).toBeCloseTo(0.003);
    expect(beside.at(4 * hour)).toBe(0.985);
  });

  it("is never nothing", () => {
    const share = new Share();
    for (let i = 0; i < 100; i += 1) share.overdrawn(0, 0);
    expect(share.at(0)).toBe(0.05);
  });
});
