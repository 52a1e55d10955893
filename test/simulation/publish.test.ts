/** 200 seeds of everything going wrong at once. `SEED=17 npx vitest run --project simulation` replays one. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/virtual-clock.ts";
import { evidence, hours, publish, seedRows, settleLate } from "./client.ts";
import { breaches } from "./oracle.ts";
import { createScenario, mostFaults } from "./scenario.ts";
import { seedsOf } from "./seeds.ts";
import { createWorld } from "./world.ts";

const seeds = seedsOf(200);

describe("publishing over a bad wire", () => {
  it.each(seeds)("keeps every promise with seed %i", async (seed) => {
    const random = seededRandom(seed);
    const scenario = createScenario(random);
    const settings = {
      faultRate: random() * mostFaults(scenario),
      partFaultRate: random() * 0.05,
      principals: 1 + (seed % 3),
    };
    const world = createWorld(seed, settings);
    const work = async () => {
      const seeded = await seedRows(world, scenario, random);
      const { outcomes, summary } = await publish(world, { scenario });
      await settleLate(world);
      return { ...evidence(world, scenario, seeded), outcomes, summary };
    };
    const { summary, ...found } = await world.clock.run(work(), hours);
    expect(breaches(found), `SEED=${seed} ${scenario.mode} ${scenario.strategy}`).toEqual([]);
    expect(summary?.received).toBe(scenario.rows.length);
    expect(summary === undefined ? -1 : summary.acknowledged + summary.failed + summary.notSent).toBe(
      scenario.rows.length,
    );
    expect(world.wire.early, "requests before their Retry-After").toBe(0);
  });

  it.each(seedsOf(50))("survives a client that dies and comes back, seed %i", async (seed) => {
    const random = seededRandom(seed * 7919);
    const scenario = createScenario(random, { uniqueKeys: true, mode: random() < 0.5 ? "INSERT" : "UPSERT" });
    const world = createWorld(seed, { faultRate: random() * 0.4, partFaultRate: 0.01, principals: 1 });
    const work = async () => {
      const seeded = await seedRows(world, scenario, random);
      await publish(world, { scenario, request: { attempt: 1 }, diesAfterMs: random() * 8000 });
      const again = [...scenario.rows].sort(() => random() - 0.5);
      const { outcomes } = await publish(world, { scenario, rows: again, request: { attempt: 2 } });
      await settleLate(world);
      return { ...evidence(world, scenario, seeded), outcomes };
    };
    expect(
      breaches(await world.clock.run(work(), hours)),
      `SEED=${seed} ${scenario.mode} ${scenario.strategy}`,
    ).toEqual([]);
  });
});
