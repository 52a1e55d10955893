/**
 * Any table, any input, any faults: what is told of each row, and what stands in the table in the end, is what a model says that
 * applies one row at a time. The seed is printed with a failure; `SEED=…` replays it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Mode } from "../../server/dataverse/request.ts";
import type { Publisher, Summary } from "../../server/publish/publication.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { schemaOf } from "../support/columns.ts";
import type { AnyInput } from "./any-table.ts";
import { anyInput, batchOf, keyed, modelRowOf, requestOf, yamlOf } from "./any-table.ts";
import { hours, settleLate } from "./client.ts";
import { create } from "./lookup-world.ts";
import { targets } from "./matrix-columns.ts";
import { Model } from "./model.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

/** Of each mode, with faults and without; some hundred milliseconds each. */
const inputs = 40;
const seed = Number(process.env["SEED"] ?? 1);

interface Told {
  readonly outcomes: ReadonlyMap<number, RowOutcome>;
  readonly summary: Summary;
}

async function worldOf(input: AnyInput): Promise<World> {
  const world = createWorld(seed, {
    faultRate: 0,
    partFaultRate: 0,
    principals: 1,
    tables: parseTables(yamlOf(input)),
    script: (nth) => input.troubles.get(nth) ?? "none",
  });
  for (const [nth, { number, id }] of targets.entries()) {
    await create(world, "x_targets", { x_targetid: id, x_number: number, x_name: `name of ${number}` });
    await (nth === 0 ? create(world, "accounts", { accountid: id }) : create(world, "contacts", { contactid: id }));
  }
  for (const key of input.seeded) await create(world, "x_items", { x_gate: "Before", ...input.key.seed(key) });
  return world;
}

async function publish(world: World, input: AnyInput, publisher: Publisher): Promise<Told> {
  const outcomes = new Map<number, RowOutcome>();
  const schema = schemaOf(batchOf(input, [], 0));
  const publication = await publisher.open(requestOf(input), schema, async (_, settled) => {
    for (const { streamRow, outcome } of settled) outcomes.set(streamRow, outcome);
    await world.clock.turn();
  });
  const { rows, rowsPerBatch } = input;
  for (let at = 0; at < rows.length; at += rowsPerBatch) {
    await publication.accept(batchOf(input, rows.slice(at, at + rowsPerBatch), at));
  }
  return { outcomes, summary: await publication.end() };
}

/** Each row of which something else is told than the model allows, and each value that is not what the model has. */
function differences(world: World, input: AnyInput, { outcomes, summary }: Told): string[] {
  const { mode, onMissing, rows } = input;
  const model = new Model({ mode, onMissing, isDoubtful: input.troubles.size > 0 }, input.seeded);
  const found = rows.flatMap((row, i) => {
    const outcome = outcomes.get(i);
    const expected = model.apply(modelRowOf(input, row, i), outcome);
    const told = outcome?.failure?.code ?? outcome?.kind ?? "nothing";
    return expected.includes(told)
      ? []
      : [`row ${i} (key ${row.key}) is told ${told}, should be ${expected.join(" or ")}`];
  });
  if (summary.acknowledged + summary.failed !== rows.length) found.push("the counts do not add up");
  return [...found, ...misstatements(world, input, model), ...regressions(world)];
}

function misstatements(world: World, input: AnyInput, model: Model): string[] {
  const standing = keyed(input, world.emulator.rows("x_item"));
  const strangers = [...standing].flatMap(([key, rows]) => {
    if (!model.rows.has(key)) return [`unexpected: key ${key}`];
    return rows.length > 1 ? [`duplicated: key ${key}`] : [];
  });
  const wrong = [...model.rows].flatMap(([key, values]) => {
    const row = standing.get(key)?.[0];
    if (row === undefined) return [`lost: key ${key}`];
    return [...values].flatMap(([name, value]) => {
      const [stands, expected] = [shown(row[name]), shown(value)];
      return stands === expected ? [] : [`lost: ${name} of key ${key} is ${stands}, should be ${expected}`];
    });
  });
  return [...strangers, ...wrong];
}

/** Numbers without the zeros at their end. */
function shown(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return /^"-?\d+\.\d+"$/.test(text) ? text.replace(/\.?0+"$/, '"') : text;
}

/** The mark of a row is its place in the input, so that none may go back. */
function regressions(world: World): string[] {
  const newest = new Map<string, number>();
  return [...world.emulator.ledger.effects].flatMap(({ table, id, values }) => {
    const mark = values?.["x_mark"];
    if (table !== "x_item" || typeof mark !== "number") return [];
    const before = newest.get(id) ?? -1;
    newest.set(id, Math.max(before, mark));
    return mark < before ? [`regressed: ${id} from row ${before} to row ${mark}`] : [];
  });
}

async function run<T>(input: AnyInput, work: (world: World) => Promise<T>): Promise<T> {
  const world = await worldOf(input);
  return await world.clock.run(work(world), hours);
}

const modes: readonly Mode[] = ["INSERT", "UPDATE", "UPSERT", "DELETE"];
const points = modes.flatMap((mode) => [false, true].map((isFaulty) => ({ mode, isFaulty })));

describe("any input for any table", () => {
  it.each(points)("comes to what the model says: $mode, faults: $isFaulty", async ({ mode, isFaulty }) => {
    await fc.assert(
      fc.asyncProperty(anyInput(mode, isFaulty), async (input) => {
        const found = await run(input, async (world) => {
          const told = await publish(world, input, world.publisher);
          await settleLate(world);
          return differences(world, input, told);
        });
        expect(found).toEqual([]);
      }),
      { seed, numRuns: inputs, endOnFailure: true },
    );
  });

  it.each(modes)("leaves the table as it is when it is published again by a new process: %s", async (mode) => {
    await fc.assert(
      fc.asyncProperty(anyInput(mode, false), async (input) => {
        const found = await run(input, async (world) => {
          const first = await publish(world, input, world.publisher);
          const model = new Model({ mode, onMissing: input.onMissing, isDoubtful: false }, input.seeded);
          for (const [i, row] of input.rows.entries()) model.apply(modelRowOf(input, row, i), first.outcomes.get(i));
          await publish(world, input, world.restart());
          return [...misstatements(world, input, model), ...regressions(world)];
        });
        expect(found).toEqual([]);
      }),
      { seed, numRuns: inputs, endOnFailure: true },
    );
  });
});
