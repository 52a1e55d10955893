import { describe, expect, it } from "vitest";
import { RetryBudget } from "../../../server/transport/retry-budget.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function granted(budget: RetryBudget, asked: number): number {
  return Array.from({ length: asked }, () => budget.tryRetry()).filter(Boolean).length;
}

describe("RetryBudget", () => {
  it("grants three a second over ten seconds when there is little traffic", () => {
    expect(granted(new RetryBudget(new VirtualClock()), 1_000)).toBe(30);
  });

  it("grants a fifth of the attempts of the last ten seconds", () => {
    const budget = new RetryBudget(new VirtualClock());
    for (let attempt = 0; attempt < 1_000; attempt += 1) budget.attempted();
    expect(granted(budget, 1_000)).toBe(200);
  });

  it("forgets what is older than ten seconds", async () => {
    const clock = new VirtualClock();
    const budget = new RetryBudget(clock);
    for (let attempt = 0; attempt < 1_000; attempt += 1) budget.attempted();
    granted(budget, 1_000);
    await clock.run(clock.sleep(11_000));
    expect(granted(budget, 1_000)).toBe(30);
  });
});
