/**
 * Any input for an elastic table: rows are named by id and partition, an upsert puts a new row in the place of the old one, and bulk
 * requests stand in part. What is told and what stands is what the model of one row at a time says. `SEED=…` replays a failure.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Mode, PublishRequest } from "../../server/dataverse/request.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { int32, recordBatch, schemaOf, text } from "../support/columns.ts";
import { mistold } from "./any-run.ts";
import { troubles } from "./any-table.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours, settleLate } from "./client.ts";
import { create } from "./lookup-world.ts";
import type { Defect, ModelRow } from "./model.ts";
import { Model } from "./model.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const seed = Number(process.env["SEED"] ?? 1);
/** Of each mode. */
const inputs = Number(process.env["INPUTS"] ?? 15);
const modes: readonly Mode[] = ["INSERT", "UPDATE", "UPSERT", "DELETE"];
const keysMost = 12;

const tables = parseTables(`
tables:
  x_event:
    kind: elastic
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 20}
      x_mark: {type: integer}
    refuse_when:
      - {column: x_name, equals: Closed, message: The gate is closed.}
`);

/** Every id stands in two partitions. */
const idAt = (key: number): string => `0000abcd-0000-4000-8000-${String(key >> 1).padStart(12, "0")}`;
const partitionAt = (key: number): string => `part-${key % 2}`;

interface AnyRow {
  readonly key: number;
  readonly defect: Defect;
  readonly name: string | undefined;
}

interface AnyInput {
  readonly mode: Mode;
  readonly strategy: PublishRequest["strategy"];
  readonly nulls: PublishRequest["nulls"];
  readonly onMissing: PublishRequest["onMissing"];
  readonly rows: readonly AnyRow[];
  readonly seeded: readonly number[];
  readonly rowsPerBatch: number;
  readonly troubles: ReadonlyMap<number, Trouble>;
  /** By how much reads are behind, virtual milliseconds. */
  readonly lagMs: number;
}

function anyInput(mode: Mode): fc.Arbitrary<AnyInput> {
  const defects: readonly Defect[] = mode === "DELETE" ? ["none", "key"] : ["none", "key", "value", "refused"];
  const defect = fc.oneof({ weight: 6, arbitrary: fc.constant("none" as const) }, fc.constantFrom(...defects));
  const name = fc.option(fc.constantFrom("a", "é", "quite long"), { nil: undefined });
  const trouble = fc.tuple(fc.integer({ min: 1, max: 15 }), fc.constantFrom(...troubles));
  return fc.record({
    mode: fc.constant(mode),
    strategy: fc.constantFrom<PublishRequest["strategy"][]>("AUTO", "BATCH", "BULK"),
    nulls: fc.constantFrom<PublishRequest["nulls"][]>("CLEAR", "IGNORE"),
    onMissing: fc.constantFrom<PublishRequest["onMissing"][]>("ACCEPT", "FAIL"),
    rows: fc.array(fc.record({ key: fc.nat(keysMost - 1), defect, name }), {
      minLength: 1,
      maxLength: 150,
      size: "max",
    }),
    seeded: mode === "INSERT" ? fc.constant([]) : fc.subarray(Array.from({ length: keysMost }, (_, key) => key)),
    rowsPerBatch: fc.integer({ min: 1, max: 60 }),
    troubles: fc.array(trouble, { maxLength: 5 }).map((some) => new Map(some)),
    lagMs: fc.constantFrom(0, 0, 1000, 10_000),
  });
}

const names: Partial<Record<Defect, string>> = { value: "z".repeat(21), refused: "Closed" };

function batchOf({ mode, rows }: AnyInput, from: number, to: number): RecordBatch {
  const some = rows.slice(from, to);
  const id = text(
    "x_eventid",
    some.map(({ key, defect }) => (defect === "key" ? "no guid" : idAt(key))),
  );
  const partition = text(
    "partitionid",
    some.map(({ key }) => partitionAt(key)),
  );
  if (mode === "DELETE") return recordBatch(id, partition);
  const named = text(
    "x_name",
    some.map(({ defect, name }) => names[defect] ?? name ?? null),
  );
  const mark = int32(
    "x_mark",
    some.map((_, i) => from + i),
  );
  return recordBatch(id, partition, named, mark);
}

function modelRowOf({ mode, nulls }: AnyInput, { key, defect, name }: AnyRow, index: number): ModelRow {
  const shown =
    name === undefined && mode !== "UPSERT" && nulls === "IGNORE" ? [] : [["x_name", name ?? null] as const];
  const nothing = new Map<string, unknown>();
  const writes = new Map<string, unknown>([["x_mark", index], ...shown]);
  return { key, defect, writes, onlyOn: { CREATE: nothing, UPDATE: nothing }, later: nothing };
}

async function publish(world: World, input: AnyInput): Promise<ReadonlyMap<number, RowOutcome>> {
  const { mode, strategy, nulls, onMissing, rows, rowsPerBatch } = input;
  const request = { ...defaults, table: "x_event", mode, strategy, nulls, onMissing, replaceRow: mode === "UPSERT" };
  const outcomes = new Map<number, RowOutcome>();
  const publication = await world.publisher.open(
    { ...request, matchOn: mode === "INSERT" ? [] : ["x_eventid"] },
    schemaOf(batchOf(input, 0, 0)),
    async (_, settled) => {
      for (const { streamRow, outcome } of settled) outcomes.set(streamRow, outcome);
      await world.clock.turn();
    },
  );
  for (let at = 0; at < rows.length; at += rowsPerBatch)
    await publication.accept(batchOf(input, at, at + rowsPerBatch));
  await publication.end();
  return outcomes;
}

async function differences(world: World, input: AnyInput): Promise<readonly string[]> {
  for (const key of input.seeded) {
    await create(world, "x_events", {
      x_eventid: idAt(key),
      partitionid: partitionAt(key),
      x_name: "before",
      x_mark: -1,
    });
  }
  const outcomes = await publish(world, input);
  await settleLate(world);
  const { mode, onMissing, seeded } = input;
  const rules = { mode, onMissing, isDoubtful: input.troubles.size > 0, splits: false, replaces: mode === "UPSERT" };
  const model = new Model(rules, seeded);
  const found = mistold(input.rows, outcomes, (row, i, outcome) => model.apply(modelRowOf(input, row, i), outcome));
  return [...found, ...misstatements(world, model)];
}

function misstatements(world: World, model: Model): string[] {
  const placeOf = (id: unknown, partition: unknown): string => `${id} in ${partition}`;
  const standing = Map.groupBy(world.emulator.rows("x_event"), (row) => placeOf(row["x_eventid"], row["partitionid"]));
  const expected = new Map([...model.rows].map(([key, values]) => [placeOf(idAt(key), partitionAt(key)), values]));
  return [...new Set([...standing.keys(), ...expected.keys()])].flatMap((place) => {
    const [row, ...others] = standing.get(place) ?? [];
    const values = expected.get(place);
    if (values === undefined || row === undefined) return [`${row === undefined ? "lost" : "unexpected"}: ${place}`];
    if (others.length > 0) return [`duplicated: ${place}`];
    return [...values].flatMap(([name, value]) => {
      const stands = row[name] ?? null;
      return stands === value ? [] : [`lost: ${name} of ${place} is ${stands}, should be ${value}`];
    });
  });
}

describe("any input for an elastic table", () => {
  it.each(modes)("comes to what the model says: %s", async (mode) => {
    const property = fc.asyncProperty(anyInput(mode), async (input) => {
      const script = (nth: number): Trouble | "none" => input.troubles.get(nth) ?? "none";
      const wire = { faultRate: 0, partFaultRate: 0, script };
      const world = createWorld(seed, { ...wire, principals: 1, tables, elasticLagMs: input.lagMs });
      expect(await world.clock.run(differences(world, input), hours)).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: inputs, endOnFailure: true });
  });
});
