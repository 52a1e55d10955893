import { describe, expect, it } from "vitest";
import { planGroupTesting } from "../../../../server/publish/splitting/group-testing.ts";
import { sharedPlan } from "../../../../server/publish/splitting/shared-plans.ts";

const costs = { bulkRequest: 0.06, bulkRow: 0.008, batchRequest: 0.02, batchRow: 0.03, refusedShare: 0 };

/** As many plans as are kept, each of another bound: a small one is made quickly. */
function askForOthers(): void {
  for (let sizeMax = 1; sizeMax <= 256; sizeMax++) sharedPlan(0.3, costs, sizeMax, "by bulk");
}

describe("sharedPlan", () => {
  it("is the same one for what is nearly the same question", () => {
    const plan = sharedPlan(0.01, costs, 1000, "by any");
    expect(sharedPlan(0.0101, { ...costs, bulkRequest: 0.0601 }, 1000, "by any")).toBe(plan);
  });

  it("is the same one where all requests take longer alike", () => {
    const crowded = { ...costs, bulkRequest: 0.12, bulkRow: 0.016, batchRequest: 0.04, batchRow: 0.06 };
    expect(sharedPlan(0.01, crowded, 1000, "by any")).toBe(sharedPlan(0.01, costs, 1000, "by any"));
  });

  it.each([
    ["density", sharedPlan(0.02, costs, 1000, "by any")],
    ["what a bulk request costs", sharedPlan(0.01, { ...costs, bulkRequest: 0.12 }, 1000, "by any")],
    ["what a row costs", sharedPlan(0.01, { ...costs, bulkRow: 0.016 }, 1000, "by any")],
    ["what a $batch costs", sharedPlan(0.01, { ...costs, batchRequest: 0.04 }, 1000, "by any")],
    ["what a row of a $batch costs", sharedPlan(0.01, { ...costs, batchRow: 0.06 }, 1000, "by any")],
    ["what a refused request costs", sharedPlan(0.01, { ...costs, refusedShare: 1 }, 1000, "by any")],
    ["the size that is allowed", sharedPlan(0.01, costs, 100, "by any")],
    ["how rows may begin", sharedPlan(0.01, costs, 1000, "by bulk")],
  ])("is another one for another %s", (_, other) => {
    expect(sharedPlan(0.01, costs, 1000, "by any")).not.toBe(other);
  });

  it.each([0.0001, 0.001, 0.01, 0.03, 0.5])("is near the plan of just these inputs at a density of %f", (density) => {
    const exact = planGroupTesting(density, costs, 1000);
    const plan = sharedPlan(density, costs, 1000, "by any");
    expect(plan.dense).toBe(exact.dense);
    expect(plan.size / exact.size).toBeGreaterThan(0.85);
    expect(plan.size / exact.size).toBeLessThan(1.15);
  });

  it("bears the densest rows and those that are never bad", () => {
    expect(sharedPlan(0.99, costs, 1000, "by any").dense).toBe(true);
    expect(sharedPlan(1e-7, costs, 1000, "by any").size).toBe(1000);
  });

  it("is forgotten once as many others were asked for as are kept", () => {
    const plan = sharedPlan(0.05, costs, 1000, "by any");
    askForOthers();
    expect(sharedPlan(0.05, costs, 1000, "by any")).not.toBe(plan);
  });

  it("is kept while it is asked for", () => {
    const plan = sharedPlan(0.05, costs, 1000, "by any");
    for (let sizeMax = 1; sizeMax <= 256; sizeMax++) {
      sharedPlan(0.3, costs, sizeMax, "by bulk");
      expect(sharedPlan(0.05, costs, 1000, "by any")).toBe(plan);
    }
  });
});
