import { describe, expect, it } from "vitest";
import { CostLine, Costs, secondsOf } from "../../../../server/publish/splitting/costs.ts";
import { seededRandom } from "../../../support/virtual-clock.ts";

describe("CostLine", () => {
  it("is the expected line before anything was seen", () => {
    expect(new CostLine({ request: 0.06, row: 0.008 }).cost()).toEqual({ request: 0.06, row: 0.008 });
  });

  it("finds request and row from requests of several sizes", () => {
    const line = new CostLine({ request: 0.06, row: 0.008 });
    for (let i = 0; i < 100; i++) for (const rows of [10, 100, 400]) line.add(rows, 0.2 + 0.02 * rows);
    const { request, row } = line.cost();
    expect(row).toBeCloseTo(0.02, 3);
    expect(request).toBeCloseTo(0.2, 1);
  });

  it("keeps the expected proportion where all requests have one size", () => {
    const line = new CostLine({ request: 0.06, row: 0.008 });
    for (let i = 0; i < 100; i++) line.add(1000, 16.12);
    const { request, row } = line.cost();
    expect(row).toBeCloseTo(0.016, 3);
    expect(request / row).toBeGreaterThan(3);
    expect(request / row).toBeLessThan(12);
  });

  it("keeps the request's share where large requests take now more, now less time", () => {
    const line = new CostLine({ request: 0.06, row: 0.008 });
    for (let i = 0; i < 200; i++) {
      const rows = 560 + ((i * 37) % 120);
      line.add(rows, (0.06 + 0.008 * rows) * (0.7 + ((i * 61) % 60) / 100));
    }
    expect(line.cost().request).toBeGreaterThan(0.04);
    expect(line.cost().request).toBeLessThan(0.08);
  });

  it("is not bent by one answer that took ten times as long", () => {
    const line = new CostLine({ request: 0.06, row: 0.008 });
    for (let i = 0; i < 50; i++)
      line.add(i % 2 === 0 ? 100 : 300, secondsOf({ request: 0.06, row: 0.008 }, i % 2 === 0 ? 100 : 300));
    line.add(300, 25);
    expect(line.cost().row).toBeLessThan(0.0095);
  });

  it("never takes a request for cheaper than one more row, though the first answer was slow", () => {
    const line = new CostLine({ request: 0.06, row: 0.008 });
    line.add(17, 1);
    for (const rows of [17, 8, 50, 17]) line.add(rows, 0.002 + 0.0001 * rows);
    const { request, row } = line.cost();
    expect(request).toBeGreaterThanOrEqual(row * 0.999);
  });
});

describe("Costs", () => {
  it("takes a way that was not tried to be as much dearer than expected as the other", () => {
    const costs = new Costs();
    for (let i = 0; i < 10; i++) costs.learn("bulk", 100, 3 * (0.06 + 0.008 * 100));
    expect(costs.of("batch").row).toBeCloseTo(0.09, 2);
  });

  it("takes what crowds one way to crowd the other, though nothing of it was seen there", () => {
    const costs = new Costs();
    const learn = (stretch: number): void => {
      costs.learn("bulk", 20, stretch * (0.06 + 0.008 * 20));
      costs.learn("bulk", 5, stretch * (0.06 + 0.008 * 5));
    };
    for (let i = 0; i < 50; i++) {
      learn(1);
      costs.learn("batch", 3, 0.11);
    }
    for (let i = 0; i < 100; i++) learn(2);
    expect(secondsOf(costs.of("bulk"), 20)).toBeCloseTo(0.44, 1);
    expect(secondsOf(costs.of("batch"), 3)).toBeGreaterThan(0.16);
    expect(costs.requestRows("bulk"), "in terms of rows").toBeGreaterThan(6);
    expect(costs.requestRows("bulk"), "in terms of rows").toBeLessThan(9);
  });

  it("takes a $batch that is dearer than its first answers for no crowd", () => {
    const costs = new Costs();
    for (let i = 0; i < 50; i++) costs.learn("bulk", 100, 0.86);
    for (let i = 0; i < 100; i++) costs.learn("batch", 1 + (i % 4), 0.1 + 0.003 * (1 + (i % 4)));
    for (let i = 0; i < 400; i++) costs.learn("batch", 100, 3);
    expect(secondsOf(costs.of("bulk"), 100)).toBeCloseTo(0.86, 2);
    expect(secondsOf(costs.of("batch"), 100)).toBeCloseTo(3, 0);
  });

  it("does not believe one row of a $batch against what bulk requests tell", () => {
    const costs = new Costs();
    for (let i = 0; i < 50; i++) costs.learn("bulk", 100, 0.86);
    costs.learn("batch", 1, 0.01);
    expect(secondsOf(costs.of("batch"), 100)).toBeGreaterThan(1.5);
    for (let i = 0; i < 20; i++) costs.learn("batch", 100, 1);
    expect(secondsOf(costs.of("batch"), 100)).toBeLessThan(1.3);
  });

  it("does not mistake noise of a few answers for a request that costs less", () => {
    const costs = new Costs();
    const random = seededRandom(3);
    const seen: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const rows = [27, 27, 9, 1, 27, 18][i % 6] ?? 1;
      costs.learn("bulk", rows, (0.06 + 0.008 * rows) * (0.7 + 0.6 * random()));
      if (i > 500) seen.push(costs.requestRows("bulk"));
    }
    expect(Math.min(...seen)).toBeGreaterThan(6);
    expect(Math.max(...seen)).toBeLessThan(9.5);
  });

  it("learns whether a refused request ends at its bad row", () => {
    const cut = new Costs();
    const whole = new Costs();
    for (let i = 0; i < 200; i++) {
      cut.learnRefused(100, (0.06 + 0.8) / 2);
      whole.learnRefused(100, 0.06 + 0.8);
    }
    const slow = new Costs();
    for (let i = 0; i < 200; i++) slow.learnRefused(100, 10 * (0.06 + 0.8));
    expect(slow.all.refusedShare).toBeLessThanOrEqual(1);
    expect(cut.all.refusedShare).toBeLessThan(0.05);
    expect(whole.all.refusedShare).toBeGreaterThan(0.9);
  });

  it("goes on learning after answers that took no time at all", () => {
    const costs = new Costs();
    costs.learn("bulk", 17, 0);
    costs.learnRefused(17, 0);
    expect(costs.all.refusedShare).toBeLessThan(1);
    for (let i = 0; i < 300; i++) costs.learn("bulk", 100, 1);
    expect(secondsOf(costs.of("bulk"), 100)).toBeCloseTo(1, 1);
  });

  it("believes a trial against what was learned of its way long ago", () => {
    const costs = new Costs();
    for (let i = 0; i < 200; i++) costs.learn("batch", 100, 3);
    for (let i = 0; i < 1000; i++) costs.learn("bulk", 100, 0.86);
    expect(costs.tries("batch", 10)).toBe(true);
    costs.learn("batch", 10, 0.08);
    expect(secondsOf(costs.of("batch"), 10)).toBeLessThan(0.16);
  });

  it("takes a trial that is near what was known for one answer among the others", () => {
    const costs = new Costs();
    for (let i = 0; i < 200; i++) costs.learn("batch", 100, 3);
    for (let i = 0; i < 1000; i++) costs.learn("bulk", 100, 0.86);
    const before = secondsOf(costs.of("batch"), 10);
    expect(costs.tries("batch", 10)).toBe(true);
    costs.learn("batch", 10, 0.6 * before);
    expect(secondsOf(costs.of("batch"), 10)).toBeGreaterThan(0.9 * before);
  });
});
