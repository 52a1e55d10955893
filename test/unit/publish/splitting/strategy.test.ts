import { describe, expect, it } from "vitest";
import type { Shape } from "../../../../server/publish/rows/batch.ts";
import { Costs } from "../../../../server/publish/splitting/costs.ts";
import type { StrategyOptions } from "../../../../server/publish/splitting/strategy.ts";
import { Strategy } from "../../../../server/publish/splitting/strategy.ts";

interface Price {
  readonly request: number;
  readonly row: number;
}
type Prices = Readonly<Record<Shape["way"], Price>>;

/** As measured; and where the other way is the cheaper one. */
const usualPrices: Prices = { bulk: { request: 0.06, row: 0.008 }, batch: { request: 0.02, row: 0.03 } };
const bulkDear: Prices = { bulk: { request: 0.06, row: 0.06 }, batch: { request: 0.02, row: 0.02 } };

const strategyOf = (choice: StrategyOptions["choice"], costs = new Costs()): Strategy =>
  new Strategy({ choice, costs, requestSeconds: () => 5 });

/** Answered bulk requests of good rows, as the measured environment would. */
function goodRequests(strategy: Strategy, count: number, perRow = 0.008): void {
  for (let i = 0; i < count; i++) {
    const { size } = strategy.next();
    strategy.answered("bulk", size, 0.06 + perRow * size);
    strategy.judged(size, 0);
  }
}

/** Sends good rows for so many seconds of execution; returns what its trials took of them, and how many there were. */
function run(
  strategy: Strategy,
  seconds: number,
  prices: Prices,
): { readonly seconds: number; readonly count: number } {
  let [executed, tried, count] = [0, 0, 0];
  while (executed < seconds) {
    const trial = strategy.trial();
    const { way, size } = trial ?? strategy.next();
    const took = prices[way].request + prices[way].row * size;
    executed += took;
    if (trial !== undefined) [tried, count] = [tried + took, count + 1];
    strategy.answered(way, size, took);
    strategy.judged(size, 0);
  }
  return { seconds: tried, count };
}

describe("what a strategy tries", () => {
  it("is a $batch of a few rows, and all go that way where it turns out to be cheaper", () => {
    const strategy = strategyOf("AUTO");
    run(strategy, 2000, bulkDear);
    expect(strategy.next()).toEqual(strategy.batch);
  });

  it("costs less than a thousandth of execution, and changes nothing where it is dearer", () => {
    const strategy = strategyOf("AUTO");
    const { seconds, count } = run(strategy, 3600, usualPrices);
    expect(count).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(3.6);
    expect(strategy.next().way).toBe("bulk");
  });

  it("is a bulk request where rows go by $batch, so that it is noticed when that is the dearer way again", () => {
    const strategy = strategyOf("AUTO");
    run(strategy, 2000, bulkDear);
    run(strategy, 4000, usualPrices);
    expect(strategy.next().way).toBe("bulk");
  });

  it("follows a change of what was tried long ago", () => {
    const strategy = strategyOf("AUTO");
    run(strategy, 14_400, usualPrices);
    run(strategy, 7200, bulkDear);
    expect(strategy.next().way).toBe("batch");
  });

  it.each([
    ["$batch", { ...usualPrices, batch: { request: 0.5, row: 0.001 } }, "batch"],
    ["bulk request", { ...usualPrices, bulk: { request: 3, row: 0.001 } }, "bulk"],
  ])("is a full %s, too: dear in itself, its rows may be cheap", (_name, prices, way) => {
    const strategy = strategyOf("AUTO");
    if (way === "bulk") run(strategy, 2000, bulkDear);
    run(strategy, 7200, prices);
    expect(strategy.next().way).toBe(way);
  });

  it("is a bulk request of few rows, not surely refused, where bad ones are dense", () => {
    const strategy = strategyOf("AUTO");
    for (let i = 0; i < 50; i++) strategy.judged(100, 30);
    for (let i = 0; i < 300; i++) strategy.answered("batch", 100, 3.02);
    const trial = strategy.trial();
    expect(trial?.way).toBe("bulk");
    expect(trial?.size).toBeLessThan(10);
  });

  it("is never a bulk request of more rows than the service took", () => {
    const strategy = strategyOf("AUTO");
    run(strategy, 2000, bulkDear);
    strategy.answered("batch", 100, 2000);
    strategy.tooLarge("bulk", 10);
    expect(strategy.trial()).toEqual({ way: "bulk", size: 5 });
  });

  it("is tried once for all streams of the table", () => {
    const costs = new Costs();
    const streams = [strategyOf("AUTO", costs), strategyOf("AUTO", costs)];
    for (let i = 0; i < 50; i++) costs.learn("bulk", 1000, 8.06);
    expect(streams.map((strategy) => strategy.trial()?.way)).toEqual(["batch", undefined]);
  });

  it("is nothing where the way was chosen, or there is one alone", () => {
    const options = { costs: new Costs(), requestSeconds: () => 5 };
    const withoutBulk = strategyOf("AUTO");
    withoutBulk.withoutBulk();
    const strategies = [
      strategyOf("BATCH"),
      strategyOf("BULK"),
      new Strategy({ ...options, choice: "AUTO", partial: true }),
      withoutBulk,
    ];
    for (const prices of [usualPrices, bulkDear]) {
      expect(strategies.map((strategy) => run(strategy, 3600, prices).count)).toEqual([0, 0, 0, 0]);
    }
  });
});

describe("what a strategy tells of", () => {
  it("is a change of way, and of size by twice or half: not every request", () => {
    const told: (readonly [Shape | undefined, Shape])[] = [];
    const changed = (now: Shape, before: Shape | undefined): number => told.push([before, now]);
    const strategy = new Strategy({ choice: "AUTO", costs: new Costs(), requestSeconds: () => 5, changed });
    goodRequests(strategy, 100);
    strategy.withoutBulk();
    strategy.next();
    const [[none, first] = [], ...later] = told;
    expect([none, first?.way, told.at(-1)?.[1]]).toEqual([undefined, "bulk", strategy.batch]);
    expect(later.length).toBeLessThan(10);
    for (const [before, now] of later) {
      const ratio = now.size / (before?.size ?? Number.NaN);
      expect(now.way !== before?.way || ratio >= 2 || ratio <= 0.5).toBe(true);
    }
  });
});

describe("Strategy", () => {
  it("begins small and grows by answers, towards requests of a few seconds", () => {
    const strategy = strategyOf("AUTO");
    expect(strategy.next().way).toBe("bulk");
    expect(strategy.next().size).toBeLessThanOrEqual(50);
    goodRequests(strategy, 8);
    expect(strategy.next().size).toBeGreaterThan(50);
    goodRequests(strategy, 200);
    expect(strategy.next()).toEqual({ way: "bulk", size: 617 });
  });

  it("takes fewer rows where they are dear", () => {
    const strategy = strategyOf("AUTO");
    goodRequests(strategy, 300, 0.1);
    expect(strategy.next().size).toBeLessThan(60);
    expect(strategy.next().size).toBeGreaterThan(35);
  });

  it("takes more rows where requests without rows become dear, though rows do not", () => {
    const costs = new Costs();
    const strategy = strategyOf("AUTO", costs);
    goodRequests(strategy, 300);
    for (let i = 0; i < 100; i++) strategy.judged(100, 1);
    const before = strategy.next().size;
    for (let i = 0; i < 300; i++) costs.learn("bulk", i % 2 === 0 ? 10 : 100, 0.3 + 0.008 * (i % 2 === 0 ? 10 : 100));
    expect(strategy.next().size).toBeGreaterThan(1.3 * before);
  });

  it("takes more rows where each request costs something beside its execution", () => {
    const costs = new Costs();
    const sizeAt = (surcharge: number): number => {
      const strategy = new Strategy({ choice: "AUTO", costs, requestSeconds: () => 5, surcharge: () => surcharge });
      goodRequests(strategy, 300);
      for (let i = 0; i < 100; i++) strategy.judged(100, 1);
      return strategy.next().size;
    };
    expect(sizeAt(0.1)).toBeGreaterThan(1.2 * sizeAt(0));
  });

  it("leaves $batch again when it turns out to be dear, though bulk requests cost what they did", () => {
    const costs = new Costs();
    const strategy = strategyOf("AUTO", costs);
    goodRequests(strategy, 100);
    for (let i = 0; i < 100; i++) strategy.judged(100, 1);
    for (let i = 0; i < 100; i++) costs.learn("batch", 1 + (i % 4), 0.1 + 0.003 * (1 + (i % 4)));
    expect(strategy.next().way).toBe("batch");
    for (let i = 0; i < 400; i++) strategy.answered("batch", 100, 3);
    expect(strategy.next().way).toBe("bulk");
  });

  it("turns to $batch where bad rows are dense, and back when they are not", () => {
    const strategy = strategyOf("AUTO");
    for (let i = 0; i < 50; i++) strategy.judged(100, 30);
    expect(strategy.next()).toEqual(strategy.batch);
    for (let i = 0; i < 2000; i++) strategy.judged(100, 0);
    expect(strategy.next().way).toBe("bulk");
  });

  it("keeps to BULK however dense bad rows are", () => {
    const strategy = strategyOf("BULK");
    for (let i = 0; i < 50; i++) strategy.judged(100, 30);
    expect(strategy.next().way).toBe("bulk");
  });

  it("sizes requests of BULK for what they cost, however cheap a $batch would be", () => {
    const strategy = strategyOf("BULK");
    for (let i = 0; i < 50; i++) {
      strategy.answered("batch", 100, 0.001);
      strategy.answered("bulk", 50, 0.4);
      strategy.judged(100, 0);
    }
    expect(strategy.next().size).toBeGreaterThan(50);
  });

  it("keeps to $batch when told so, and when the table takes no bulk message after all", () => {
    expect(strategyOf("BATCH").next().way).toBe("batch");
    const strategy = strategyOf("AUTO");
    strategy.withoutBulk();
    expect(strategy.next().way).toBe("batch");
  });

  it("fills its requests however dense bad rows are, where a bad row undoes no other", () => {
    const strategy = new Strategy({
      choice: "AUTO",
      costs: new Costs(),
      targetsMax: 100,
      partial: true,
      requestSeconds: () => 5,
    });
    for (let i = 0; i < 50; i++) strategy.judged(100, 30);
    goodRequests(strategy, 20);
    expect(strategy.next()).toEqual({ way: "bulk", size: 100 });
  });

  it("sends less after a request that was too large", () => {
    const strategy = strategyOf("AUTO");
    goodRequests(strategy, 200);
    strategy.tooLarge("bulk", 600);
    expect(strategy.next().size).toBeLessThanOrEqual(300);
  });

  it("never tests the whole of a refused request again", () => {
    const strategy = strategyOf("AUTO");
    for (const rows of [2, 3, 7, 50, 1000]) expect(strategy.firstPart(rows)).toBeLessThan(rows);
  });

  it("says how rows travelled", () => {
    const strategy = strategyOf("AUTO");
    goodRequests(strategy, 1);
    strategy.answered("batch", 6, 0.2);
    strategy.refused(20, undefined);
    expect(strategy.describe()).toMatch(
      /^bulk: 2 requests of \d+ rows, [\d.]+ ms a row; \$batch: 1 request of 6 rows, /,
    );
  });
});
