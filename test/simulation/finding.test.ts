/** Rows that no URL can name: found by query, created once, on a wire where everything goes wrong. */
import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { Mode } from "../../server/dataverse/request.ts";
import { text } from "../support/columns.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import type { Attempt } from "./client.ts";
import { evidence, hours, publish, seedRows, settleLate } from "./client.ts";
import { breaches } from "./oracle.ts";
import type { InputRow, Scenario } from "./scenario.ts";
import { batchBy, batchOf, createScenario, folded, mostFaults } from "./scenario.ts";
import { seedsOf } from "./seeds.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

const modes: readonly Mode[] = ["UPSERT", "UPDATE", "UPSERT", "DELETE"];

/** By the telephone number, which is no key of the table. */
function byTelephone(mode: Mode): (rows: readonly InputRow[]) => RecordBatch {
  return (rows) => {
    const telephone = text(
      "telephone1",
      rows.map((row) => row.key),
    );
    return batchBy(telephone, rows, mode);
  };
}

/** Gives the rows that stand there before another value, made from their number. */
async function reseed(world: World, change: (number: string) => Record<string, string>): Promise<void> {
  for (const row of world.emulator.rows("account")) {
    await world.emulator.handle({
      method: "PATCH",
      url: `/api/data/v9.2/accounts(${String(row["accountid"])})`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change(String(row["accountnumber"]))),
    });
  }
}

/** Every third key stays one that a URL can hold. */
function reserved(key: string): string {
  return key.replace(/-(?=.*[^36] *$)/, "-/'#");
}

interface Play {
  readonly change?: (key: string) => string;
  readonly stored: (number: string) => Record<string, string>;
  readonly attempt: (scenario: Scenario) => Partial<Attempt>;
}

async function play(seed: number, { change = (key) => key, stored, attempt }: Play): Promise<void> {
  const random = seededRandom(seed * 479_001);
  const drawn = createScenario(random, { mode: modes[seed % modes.length] ?? "UPSERT", rowsMax: 150 });
  const scenario = { ...drawn, rows: drawn.rows.map((row) => ({ ...row, key: change(row.key) })) };
  const world = createWorld(seed, {
    faultRate: random() * mostFaults(scenario),
    partFaultRate: 0.03,
    principals: 1 + (seed % 3),
  });
  const work = async (): Promise<void> => {
    const keys = new Set([...(await seedRows(world, drawn, random))].map((key) => folded(change(key))));
    await reseed(world, stored);
    const { outcomes } = await publish(world, { scenario, ...attempt(scenario) });
    await settleLate(world);
    const found = { ...evidence(world, scenario, keys), outcomes };
    expect(breaches(found), `SEED=${seed} ${scenario.mode} ${scenario.strategy}`).toEqual([]);
  };
  await world.clock.run(work(), hours);
}

describe("rows named by a business key", () => {
  it.each(seedsOf(40))("keep every promise with seed %i", async (seed) => {
    await play(seed, {
      stored: (number) => ({ telephone1: number }),
      attempt: ({ mode }) => ({ request: { matchOn: ["telephone1"] }, toBatch: byTelephone(mode) }),
    });
  });
});

describe("rows named by an alternate key with reserved characters", () => {
  it.each(seedsOf(40))("keep every promise with seed %i", async (seed) => {
    await play(seed, {
      change: reserved,
      stored: (number) => ({ accountnumber: reserved(number) }),
      attempt: ({ mode }) => ({ toBatch: (rows) => batchOf(rows, mode) }),
    });
  });
});
