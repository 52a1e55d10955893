import { describe, expect, it } from "vitest";
import { planGroupTesting } from "../../../../server/publish/splitting/group-testing.ts";

/** Those of the measured environment: 60 ms and 8 ms a row in bulk, 20 ms and 30 ms a row in a `$batch`. */
const costs = { bulkRequest: 0.06, bulkRow: 0.008, batchRequest: 0.02, batchRow: 0.03, refusedShare: 0 };

describe("planGroupTesting", () => {
  // Best reachable rows/s of good rows on four busy lanes, and the first size there.
  it.each([
    [0.0001, 477, 356],
    [0.001, 421, 104],
    [0.003, 364, 57],
    [0.01, 276, 27],
    [0.03, 187, 13],
  ])("comes near the best that is known at a density of %f", (density, best, size) => {
    const plan = planGroupTesting(density, costs, 1000);
    const goodRows = (4 * (1 - density)) / plan.secondsPerRow;
    expect(goodRows / best).toBeGreaterThan(0.97);
    expect(goodRows / best).toBeLessThan(1.02);
    expect(plan.size / size).toBeGreaterThan(0.8);
    expect(plan.size / size).toBeLessThan(1.25);
    expect(plan.dense).toBe(false);
  });

  it("leaves rows to a $batch where most requests would be refused", () => {
    expect(planGroupTesting(0.1, costs, 1000).dense).toBe(true);
    expect(planGroupTesting(0.99, costs, 1000).dense).toBe(true);
    expect(planGroupTesting(1, costs, 1000).secondsPerRow).toBeCloseTo(0.0302);
  });

  it("leaves none to a $batch where that is no choice, however dense and cheap", () => {
    const cheap = { ...costs, batchRequest: 0.0001, batchRow: 0.0001 };
    const ways = (["by any", "by bulk"] as const).map((begins) => planGroupTesting(0.1, cheap, 1000, begins).dense);
    expect(ways).toEqual([true, false]);
  });

  it("tests about a third of a refused request first, and judges a handful one by one", () => {
    const plan = planGroupTesting(0.01, costs, 1000);
    expect(plan.firstPart(27)).toBeGreaterThanOrEqual(7);
    expect(plan.firstPart(27)).toBeLessThanOrEqual(10);
    expect(plan.firstPart(6)).toBe(0);
    expect(plan.firstPart(1)).toBe(0);
  });

  it("counts no request of its own for rows that are judged with others", () => {
    const dear = planGroupTesting(0.01, { ...costs, batchRequest: 0.5 }, 1000);
    expect(dear.secondsPerRow).toBeLessThan(1.05 * planGroupTesting(0.01, costs, 1000).secondsPerRow);
  });

  it("keeps within the size that is allowed", () => {
    expect(planGroupTesting(0.000_001, costs, 100).size).toBeLessThanOrEqual(100);
  });

  it("sends smaller requests where a refused one is charged as a whole", () => {
    const whole = planGroupTesting(0.01, { ...costs, refusedShare: 1 }, 1000);
    expect(whole.size).toBeLessThan(planGroupTesting(0.01, costs, 1000).size);
  });
});
