/** Publishes any input for any table, and says what came to something else than the model has. */
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Publisher } from "../../server/publish/publication.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { schemaOf } from "../support/columns.ts";
import { digest } from "./any-later.ts";
import type { AnyInput } from "./any-table.ts";
import { batchOf, fileNames, keyed, modelRowOf, requestOf, rulesOf, yamlOf } from "./any-table.ts";
import { create } from "./lookup-world.ts";
import { targets } from "./matrix-columns.ts";
import { Model } from "./model.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

/** By place of the row in the input. */
export type Outcomes = Map<number, RowOutcome>;

export async function worldOf(input: AnyInput, seed: number): Promise<World> {
  const world = createWorld(seed, {
    faultRate: 0,
    partFaultRate: 0,
    principals: 1,
    tables: parseTables(yamlOf(input)),
    script: (nth) => input.troubles.get(nth) ?? "none",
  });
  for (const [nth, { number, id }] of targets.entries()) {
    const names = { x_number: number, x_name: `name of ${number}`, x_zone: `zone ${nth % 2}`, x_nth: nth };
    await create(world, "x_targets", { x_targetid: id, ...names });
    await (nth === 0 ? create(world, "accounts", { accountid: id }) : create(world, "contacts", { contactid: id }));
  }
  for (const key of input.seeded) await create(world, "x_items", { x_gate: "Before", ...input.key.seed(key) });
  return world;
}

export interface Attempt {
  readonly publisher: Publisher;
  /** Of the rows that it publishes, in the input; all where absent. */
  readonly places?: readonly number[];
  readonly partition?: number;
  readonly attempt?: number;
  /** Virtual milliseconds after which the client vanishes; it stays where absent. */
  readonly diesAfterMs?: number;
}

/** @returns what was told of each row, before the client vanished if it did. */
export async function publish(world: World, input: AnyInput, options: Attempt): Promise<Outcomes> {
  const { publisher, places = [...input.rows.keys()], partition = 0, attempt = 0, diesAfterMs } = options;
  const outcomes: Outcomes = new Map();
  const request = { ...requestOf(input), partition, attempt };
  const publication = await publisher.open(request, schemaOf(batchOf(input, [])), async (_, settled) => {
    for (const { streamRow, outcome } of settled) outcomes.set(places[streamRow] ?? -1, outcome);
    await world.clock.turn();
  });
  const feed = async (): Promise<void> => {
    for (let at = 0; at < places.length; at += input.rowsPerBatch) {
      await publication.accept(batchOf(input, places.slice(at, at + input.rowsPerBatch)));
    }
    const { acknowledged, failed } = await publication.end();
    if (acknowledged + failed !== places.length) throw new Error("the counts do not add up");
  };
  if (diesAfterMs === undefined) await feed();
  else {
    const fed = Promise.allSettled([feed()]);
    await world.clock.sleep(diesAfterMs);
    await publication.abandon("cancelled");
    await fed;
  }
  return outcomes;
}

/** Each row of which something else is told than is `expected` of it. */
export function mistold<Row extends { readonly key: unknown }>(
  rows: readonly Row[],
  outcomes: ReadonlyMap<number, RowOutcome>,
  expected: (row: Row, i: number, outcome: RowOutcome | undefined) => readonly string[],
): string[] {
  return rows.flatMap((row, i) => {
    const outcome = outcomes.get(i);
    const right = expected(row, i, outcome);
    const told = outcome?.failure?.code ?? outcome?.kind ?? "nothing";
    return right.includes(told) ? [] : [`row ${i} (key ${row.key}) is told ${told}, should be ${right.join(" or ")}`];
  });
}

/** What the model has after all rows were applied, and each row of which something else is told than it allows. */
export function applied(input: AnyInput, outcomes: Outcomes): { readonly model: Model; readonly found: string[] } {
  const model = new Model(rulesOf(input), input.seeded);
  const found = mistold(input.rows, outcomes, (row, i, outcome) => model.apply(modelRowOf(input, row, i), outcome));
  const unmade = input.rows.flatMap(({ key, defect }, i) => {
    const isLost = defect === "none" && outcomes.get(i)?.failure?.code === "row_rejected" && !model.rows.has(key);
    return isLost ? [`row ${i} is refused, and no other has key ${key}`] : [];
  });
  return { model, found: [...found, ...unmade] };
}

/** Each value that is not what the model has. */
export async function misstatements(world: World, input: AnyInput, model: Model): Promise<string[]> {
  const rows = await Promise.all(world.emulator.rows("x_item").map((row) => withFiles(world, input, row)));
  const standing = keyed(input, rows);
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

type Row = Readonly<Record<string, unknown>>;

async function withFiles(world: World, input: AnyInput, row: Row): Promise<Row> {
  const digests = await Promise.all(
    fileNames(input).map(async (name): Promise<[string, unknown]> => {
      if ((row[name] ?? null) === null) return [name, null];
      const url = `/api/data/v9.2/x_items(${row["x_itemid"]})/${name}/$value`;
      const reply = await world.emulator.handle({ method: "GET", url, headers: {}, body: "" });
      return [name, "reset" in reply ? "unreadable" : digest(reply.bytes ?? Buffer.from(reply.body))];
    }),
  );
  return { ...row, ...Object.fromEntries(digests) };
}

/** Numbers without the zeros at their end. */
function shown(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return /^"-?\d+\.\d+"$/.test(text) ? text.replace(/\.?0+"$/, '"') : text;
}

/** The mark of a row is its place in the input, so that none may go back. */
export function regressions(world: World): string[] {
  const newest = new Map<string, number>();
  return [...world.emulator.ledger.effects].flatMap(({ table, id, values }) => {
    const mark = values?.["x_mark"];
    if (table !== "x_item" || typeof mark !== "number") return [];
    const before = newest.get(id) ?? -1;
    newest.set(id, Math.max(before, mark));
    return mark < before ? [`regressed: ${id} from row ${before} to row ${mark}`] : [];
  });
}
