/** Rows named by primary key, and rows that nothing names but their content. */
import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { Mode } from "../../server/dataverse/request.ts";
import { recordBatch, text } from "../support/columns.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import type { Told } from "./client.ts";
import { evidence, hours, idOf, publish, seedRows, settleLate } from "./client.ts";
import { breaches } from "./oracle.ts";
import type { InputRow } from "./scenario.ts";
import { batchBy, createScenario, mostFaults } from "./scenario.ts";
import { seedsOf } from "./seeds.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

function byId(mode: Mode): (rows: readonly InputRow[]) => RecordBatch {
  return (rows) => batchBy(text("accountid", rows.map(idOf)), rows, mode);
}

const modes: readonly Mode[] = ["UPDATE", "UPSERT", "DELETE"];

describe("rows named by primary key", () => {
  it.each(seedsOf(60))("keep every promise with seed %i", async (seed) => {
    const random = seededRandom(seed * 611_953);
    const scenario = createScenario(random, { mode: modes[seed % modes.length] ?? "UPSERT" });
    const world = createWorld(seed, {
      faultRate: random() * mostFaults(scenario),
      partFaultRate: 0.03,
      principals: 1 + (seed % 3),
    });
    const work = async (): Promise<void> => {
      const seeded = await seedRows(world, scenario, random);
      const { outcomes, summary } = await publish(world, {
        scenario,
        request: { matchOn: ["accountid"] },
        toBatch: byId(scenario.mode),
      });
      await settleLate(world);
      const found = { ...evidence(world, scenario, seeded), outcomes };
      expect(breaches(found), `SEED=${seed} ${scenario.mode}`).toEqual([]);
      expect(summary?.received).toBe(scenario.rows.length);
    };
    await world.clock.run(work(), hours);
    expect(world.wire.early).toBe(0);
  });
});

/** So few different rows that most have equals. */
function contentOf(row: InputRow): string {
  return `content ${row.index % 17}`;
}

function byContent(rows: readonly InputRow[]): RecordBatch {
  return recordBatch(text("name", rows.map(contentOf)));
}

/** Of equal rows nobody can say which is which: as many stand in the table as were acknowledged, and never more than there are. */
function miscounted(world: World, rows: readonly InputRow[], { outcomes }: Told): string[] {
  const names = world.emulator.rows("account").map((row) => String(row["name"]));
  return [...new Set(rows.map(contentOf))].flatMap((content) => {
    const equals = rows.filter((row) => contentOf(row) === content);
    const acknowledged = equals.filter(({ index }) => outcomes.get(index)?.failure === undefined).length;
    const present = names.filter((name) => name === content).length;
    const well = acknowledged <= present && present <= equals.length;
    return well ? [] : [`${content}: ${equals.length} rows, ${acknowledged} acknowledged, ${present} in the table`];
  });
}

describe("rows that are inserted by content", () => {
  it.each(seedsOf(60))("are created once though the partition is tried again, seed %i", async (seed) => {
    const random = seededRandom(seed * 1_299_709);
    const scenario = createScenario(random, { mode: "INSERT" });
    const world = createWorld(seed, {
      faultRate: random() * mostFaults(scenario),
      partFaultRate: 0.03,
      principals: 1 + (seed % 2),
    });
    const work = async (): Promise<void> => {
      const attempt = async (number: number, diesAfterMs?: number): Promise<Told> =>
        await publish(world, {
          scenario,
          rows: number === 1 ? scenario.rows : [...scenario.rows].sort(() => random() - 0.5),
          request: { attempt: number, rowKey: [] },
          toBatch: byContent,
          ...(diesAfterMs === undefined ? {} : { diesAfterMs }),
        });
      await attempt(1, random() * 8000);
      const told = await attempt(2);
      await settleLate(world);
      expect(told.outcomes.size).toBe(scenario.rows.length);
      expect(miscounted(world, scenario.rows, told), `SEED=${seed}`).toEqual([]);
      const again = await attempt(3);
      await settleLate(world);
      expect(miscounted(world, scenario.rows, again), `SEED=${seed} the third time`).toEqual([]);
    };
    await world.clock.run(work(), hours);
    expect(world.wire.early).toBe(0);
  });
});
