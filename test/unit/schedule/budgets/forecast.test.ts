import { describe, expect, it } from "vitest";
import { Budget } from "../../../../server/schedule/budgets/budget.ts";
import { forecastMs } from "../../../../server/schedule/budgets/forecast.ts";
import { Gate } from "../../../../server/transport/gate.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const clock = new VirtualClock();
const gate = new Gate({ clock, principal: "app", retryAfterMaxMs: 900_000 });
const second = 1000;

/** A window in which so many seconds were spent in the ten seconds before `now`. */
function budgetOf(spent: number, now: number, width = 1): Budget {
  const budget = new Budget({
    gate,
    width: () => width,
    reserve: () => 0,
    expectsLittle: () => false,
    travel: () => 0,
  });
  for (let i = 10; i > 0; i -= 1) budget.charge(spent / 10, now - i * second);
  return budget;
}

describe("forecastMs", () => {
  const now = 3_600_000;

  it("lets a burst go that fits what is free", () => {
    expect(forecastMs([budgetOf(0, now)], 1000, now)).toBe(0);
  });

  it("does not take the burst for a pace: beyond the window it waits until that lets go", () => {
    const ms = forecastMs([budgetOf(1182, now)], 600, now);
    expect(ms).toBeGreaterThan(200 * second);
    expect(ms).toBeLessThan(310 * second);
  });

  it("goes on at four seconds a second for each principal and server", () => {
    const [one, two] = [[budgetOf(1182, now)], [budgetOf(1182, now), budgetOf(1182, now)]];
    const sustained = 0.985 * 4 * 3600;
    expect(forecastMs(one, 1182 + sustained, now) / second).toBeCloseTo(300 + 3600, -1);
    expect(forecastMs(two, 2 * (1182 + sustained), now) / second).toBeCloseTo(300 + 3600, -1);
  });

  it("goes on at the share of it that is planned with, where that is less", () => {
    const shared = budgetOf(591, now);
    shared.overdrawn("seconds", now, false);
    const share = shared.share(now);
    expect(share).toBeLessThan(0.7);
    expect(forecastMs([shared], 1200 * share + 4 * share * 3600, now) / second).toBeCloseTo(300 + 3600, -1);
  });

  it("knows nothing where no window is known", () => {
    expect(forecastMs([budgetOf(5000, now, Number.POSITIVE_INFINITY)], 1e6, now)).toBe(0);
  });
});
