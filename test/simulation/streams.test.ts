/** Several streams at once, of one run and of others, on memory for hardly more than one record batch; attempts overtake each other. */
import { describe, expect, it } from "vitest";
import { SidecarError } from "../../server/core/errors.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import type { Told } from "./client.ts";
import { evidence, hours, publish, seedRows, settleLate } from "./client.ts";
import { breaches, breachesWhenStopped, order } from "./oracle.ts";
import type { Scenario } from "./scenario.ts";
import { createScenario } from "./scenario.ts";
import { seedsOf } from "./seeds.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

/** One record batch of the largest scenario weighs about twice this. */
const littleMemory = 8192;

interface Member {
  readonly scenario: Scenario;
  readonly seeded: ReadonlySet<string>;
  readonly runId: string;
  readonly partition: number;
}

async function members(world: World, random: () => number, overtaken: boolean): Promise<Member[]> {
  const count = 2 + Math.floor(random() * 3);
  const list: Member[] = [];
  for (let partition = 0; partition < count; partition++) {
    const scenario = createScenario(random, { first: partition * 1000, rowsMax: 150, uniqueKeys: overtaken });
    const seeded = await seedRows(world, scenario, random);
    list.push({ scenario, seeded, runId: random() < 0.5 ? "one" : "two", partition });
  }
  return list;
}

/** Three attempts in a row that nobody answers, by chance, last as long as a row may go without being settled. */
function found(world: World, { scenario, seeded }: Member, { outcomes, summary }: Told): string[] {
  const all = { ...evidence(world, scenario, seeded), outcomes };
  return summary?.stopped?.code === "progress_timeout" ? breachesWhenStopped(all) : breaches(all);
}

function balance({ summary }: Told): number {
  return summary === undefined ? Number.NaN : summary.acknowledged + summary.failed + summary.notSent;
}

describe("streams side by side on little memory", () => {
  it.each(seedsOf(50))("change nothing for each other, seed %i", async (seed) => {
    const random = seededRandom(seed * 104_729);
    const settings = { faultRate: random() * 0.4, partFaultRate: 0.02, principals: 1 + (seed % 2) };
    const world = createWorld(seed, { ...settings, permits: littleMemory });
    const work = async (): Promise<void> => {
      const all = await members(world, random, false);
      const told = await Promise.all(
        all.map(({ scenario, runId, partition }) => publish(world, { scenario, request: { runId, partition } })),
      );
      await settleLate(world);
      for (const [i, member] of all.entries()) {
        const one = told[i];
        if (one === undefined) throw new Error("a stream told nothing");
        expect(found(world, member, one), `SEED=${seed} stream ${i} ${member.scenario.mode}`).toEqual([]);
        expect([one.summary?.received, balance(one)]).toEqual([
          member.scenario.rows.length,
          member.scenario.rows.length,
        ]);
      }
    };
    await world.clock.run(work(), hours);
    expect([world.wire.early, world.permits.used, world.runs.streams]).toEqual([0, 0, 0]);
  });
});

describe("an attempt that overtakes another", () => {
  it.each(seedsOf(50))("waits for it and leaves each row once, seed %i", async (seed) => {
    const random = seededRandom(seed * 7907);
    const settings = { faultRate: random() * 0.4, partFaultRate: 0.02, principals: 1 + (seed % 2) };
    // Scarce memory alone would keep the newer attempt back.
    const world = createWorld(seed, { ...settings, permits: seed % 4 === 0 ? littleMemory : 1 << 20 });
    const work = async (): Promise<void> => {
      const all = await members(world, random, true);
      const told = await Promise.all(all.map((member) => overtake(world, member, random)));
      await settleLate(world);
      for (const [i, member] of all.entries()) {
        const one = told[i];
        if (one === undefined) throw new Error("a stream told nothing");
        const { scenario, seeded } = member;
        const versions = [1, 2, 3].map((number) => version(scenario, number));
        const newest = { ...member, scenario: versions.at(-1) ?? scenario };
        expect(found(world, newest, one), `SEED=${seed} stream ${i} ${scenario.mode}`).toEqual([]);
        const all = { ...scenario, rows: versions.flatMap(({ rows }) => rows) };
        expect(order({ ...evidence(world, all, seeded), outcomes: one.outcomes }), `SEED=${seed} stream ${i}`).toEqual(
          [],
        );
      }
    };
    await world.clock.run(work(), hours);
    expect([world.wire.early, world.permits.used, world.runs.streams]).toEqual([0, 0, 0]);
  });
});

/** What attempt `number` sends: newer values than the attempt before, where writing twice is no failure. */
function version(scenario: Scenario, number: number): Scenario {
  if (scenario.mode !== "UPSERT" && scenario.mode !== "UPDATE") return scenario;
  return { ...scenario, rows: scenario.rows.map((row) => ({ ...row, index: row.index + number * 200 })) };
}

/** Two more attempts at random moments, each with the rows in another order; what the last one was told counts. */
async function overtake(world: World, { scenario, runId, partition }: Member, random: () => number): Promise<Told> {
  const attempt = async (number: number, afterMs: number): Promise<Told> => {
    await world.clock.sleep(afterMs);
    const rows = [...version(scenario, number).rows].sort(() => random() - 0.5);
    return await publish(world, { scenario, rows, request: { runId, partition, attempt: number } });
  };
  const ms = random() * 6000;
  const [first, second, last] = await Promise.all([attempt(1, 0), attempt(2, ms), attempt(3, ms + random() * 400)]);
  for (const { summary, error } of [first, second]) {
    const code = error instanceof SidecarError ? error.code : error;
    expect(summary === undefined ? code : "ended").toMatch(/^(ended|superseded)$/);
  }
  expect(last.summary).toBeDefined();
  return last;
}
