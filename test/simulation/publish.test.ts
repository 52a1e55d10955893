/** 200 seeds of everything going wrong at once. `SEED=17 npx vitest run --project simulation` replays one. */
import { describe, expect, it } from "vitest";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Summary } from "../../server/publish/publication.ts";
import { schemaOf } from "../support/columns.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import { breaches } from "./oracle.ts";
import type { InputRow, Scenario } from "./scenario.ts";
import { batchOf, createScenario, folded } from "./scenario.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const only = process.env["SEED"];
const seeds = only === undefined ? Array.from({ length: 200 }, (_, i) => i + 1) : [Number(only)];
/** After which no write of an abandoned request can still land. */
const calmMs = 300_000;

interface Attempt {
  readonly attempt: number;
  /** Rows in the order in which this attempt sends them. */
  readonly rows: readonly InputRow[];
  /** Virtual milliseconds after which the client vanishes; undefined = it stays. */
  readonly diesAfterMs?: number;
}

async function publish(world: World, scenario: Scenario, attempt: Attempt) {
  const outcomes = new Map<number, RowOutcome>();
  const { mode } = scenario;
  const schema = schemaOf(batchOf(attempt.rows.slice(0, 1), mode));
  const request = {
    ...defaults,
    mode,
    attempt: attempt.attempt,
    ...(mode === "INSERT" ? { matchOn: [], rowKey: ["accountnumber"] } : {}),
  };
  const publication = await world.publisher.open(request, schema, async (_, settled) => {
    for (const { streamRow, outcome } of settled) {
      const row = attempt.rows[streamRow];
      if (row === undefined || outcomes.has(row.index)) throw new Error(`row ${streamRow} settled out of place`);
      outcomes.set(row.index, outcome);
    }
    await world.clock.turn();
  });
  if (attempt.diesAfterMs !== undefined) {
    const dies = world.clock.sleep(attempt.diesAfterMs).then(() => publication.abandon("cancelled"));
    await Promise.allSettled([feed()]);
    await dies;
    return { outcomes, summary: undefined };
  }
  await feed();
  const summary: Summary = await publication.end();
  return { outcomes, summary };

  async function feed(): Promise<void> {
    let at = 0;
    for (const length of scenario.cuts) {
      await publication.accept(batchOf(attempt.rows.slice(at, at + length), mode));
      at += length;
      await world.clock.sleep(world.clock.random() * 400);
    }
  }
}

async function seedRows(world: World, scenario: Scenario, random: () => number): Promise<Set<string>> {
  const keys = new Set<string>();
  if (scenario.mode === "INSERT") return keys;
  for (const row of scenario.rows) {
    const key = folded(row.key);
    if (keys.has(key) || random() < 0.2) continue;
    keys.add(key);
    await world.emulator.handle({
      method: "POST",
      url: "/api/data/v9.2/accounts",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ accountnumber: key, name: "before" }),
    });
  }
  return keys;
}

async function settleLate(world: World): Promise<void> {
  await Promise.all(world.wire.late);
  await world.clock.sleep(calmMs);
}

function evidence(world: World, scenario: Scenario, seeded: ReadonlySet<string>) {
  return {
    mode: scenario.mode,
    rows: scenario.rows,
    effects: world.emulator.ledger.effects.filter(
      (effect) => effect.table === "account" && effect.values?.["name"] !== "before",
    ),
    present: world.emulator.rows("account"),
    seeded,
  };
}

const hours = { maxMs: 12 * 3_600_000 };

describe("publishing over a bad wire", () => {
  it.each(seeds)("keeps every promise with seed %i", async (seed) => {
    const random = seededRandom(seed);
    const scenario = createScenario(random);
    const settings = { faultRate: random() * 0.6, partFaultRate: random() * 0.05, principals: 1 + (seed % 3) };
    const world = createWorld(seed, settings);
    const work = async () => {
      const seeded = await seedRows(world, scenario, random);
      const { outcomes, summary } = await publish(world, scenario, { attempt: 0, rows: scenario.rows });
      await settleLate(world);
      return { ...evidence(world, scenario, seeded), outcomes, summary };
    };
    const { summary, ...found } = await world.clock.run(work(), hours);
    expect(breaches(found), `SEED=${seed} ${scenario.mode}`).toEqual([]);
    expect(summary?.received).toBe(scenario.rows.length);
    expect(summary === undefined ? -1 : summary.acknowledged + summary.failed + summary.notSent).toBe(
      scenario.rows.length,
    );
    expect(world.wire.early, "requests before their Retry-After").toBe(0);
  });

  it.each(seeds.filter((seed) => seed % 4 === 0 || only !== undefined))(
    "survives a client that dies and comes back, seed %i",
    async (seed) => {
      const random = seededRandom(seed * 7919);
      const scenario = createScenario(random, { uniqueKeys: true, mode: random() < 0.5 ? "INSERT" : "UPSERT" });
      const world = createWorld(seed, { faultRate: random() * 0.4, partFaultRate: 0.01, principals: 1 });
      const work = async () => {
        const seeded = await seedRows(world, scenario, random);
        await publish(world, scenario, { attempt: 1, rows: scenario.rows, diesAfterMs: random() * 8000 });
        const again = [...scenario.rows].sort(() => random() - 0.5);
        const { outcomes } = await publish(world, scenario, { attempt: 2, rows: again });
        await settleLate(world);
        return { ...evidence(world, scenario, seeded), outcomes };
      };
      expect(breaches(await world.clock.run(work(), hours)), `SEED=${seed} ${scenario.mode}`).toEqual([]);
    },
  );
});
