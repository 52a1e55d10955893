/** One point of the matrix: rows of every type, named in one way, written in one mode by one strategy; and the judge of what stands. */
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { ColumnRequest, Mode, PublishRequest } from "../../server/dataverse/request.ts";
import type { Publisher, Summary } from "../../server/publish/publication.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { recordBatch, schemaOf, text } from "../support/columns.ts";
import type { WireSettings } from "./bad-wire.ts";
import { create } from "./lookup-world.ts";
import type { TypedColumn } from "./matrix-columns.ts";
import { matrixYaml, targets, typedColumns } from "./matrix-columns.ts";
import type { KeyKind } from "./matrix-keys.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const tables = parseTables(matrixYaml);
const keyCount = 10;

export interface Point {
  readonly mode: Mode;
  /** Undefined: an INSERT by the content of its rows. */
  readonly key: KeyKind | undefined;
  readonly strategy: PublishRequest["strategy"];
  /** Every type when absent; `x_int` is always among them. */
  readonly columns?: readonly TypedColumn[];
}

/** A row of the input: its key, and the number that its values are made from, which grows with the input. */
export interface MatrixRow {
  readonly k: number;
  readonly n: number;
}

/** Where rows may be written twice, each key comes twice: the second time with newer values. */
function rowsOf({ mode }: Point): readonly MatrixRow[] {
  const times = mode === "UPDATE" || mode === "UPSERT" ? 2 : 1;
  return Array.from({ length: keyCount * times }, (_, n) => ({ k: n % keyCount, n: n + 1 }));
}

function isSeeded({ mode }: Point, k: number): boolean {
  if (mode === "INSERT") return false;
  return mode === "UPSERT" ? k % 2 === 0 : k % 5 !== 4;
}

export async function matrixWorld(point: Point, wire: Partial<WireSettings> = {}): Promise<World> {
  const world = createWorld(23, { faultRate: 0, partFaultRate: 0, principals: 1, tables, ...wire });
  for (const { number, id } of targets) {
    await create(world, "x_targets", { x_targetid: id, x_number: number, x_name: `name of ${number}` });
    await create(world, "accounts", { accountid: id, name: number });
    await create(world, "contacts", { contactid: id, lastname: number });
  }
  for (let k = 0; k < keyCount; k++) {
    if (isSeeded(point, k)) await create(world, "x_items", { x_name: `item ${k}`, ...point.key?.seed(k) });
  }
  return world;
}

function batchOf({ mode, key, columns = typedColumns }: Point, rows: readonly MatrixRow[]): RecordBatch {
  const numbers = rows.map(({ n }) => n);
  const named = key?.of(rows.map(({ k }) => k)) ?? [];
  if (mode === "DELETE") return recordBatch(...named);
  const name = text(
    "x_name",
    rows.map(({ k }) => `item ${k}`),
  );
  return recordBatch(...named, name, ...columns.flatMap((column) => column.of(numbers)));
}

export function requestOf({ mode, key, strategy, columns = typedColumns }: Point): PublishRequest {
  const named = (key?.of([]) ?? []).map(({ field }): ColumnRequest => {
    return { sources: [field.name], target: field.name };
  });
  const typed = columns.map(({ target, request }): ColumnRequest => ({ sources: [target], target, ...request }));
  const written = [{ sources: ["x_name"], target: "x_name" }, ...typed];
  return {
    ...defaults,
    table: "x_item",
    mode,
    strategy,
    matchOn: mode === "INSERT" ? [] : (key?.matchOn ?? []),
    rowKey: mode === "INSERT" ? (key?.of([]) ?? []).map(({ field }) => field.name) : [],
    columns: mode === "DELETE" ? named : [...named, ...written],
  };
}

export interface Told {
  readonly outcomes: ReadonlyMap<number, RowOutcome>;
  readonly summary: Summary | undefined;
  readonly error?: unknown;
}

export interface Try {
  readonly publisher: Publisher;
  readonly attempt: number;
  /** Resolves when the client vanishes. */
  readonly dies?: Promise<void>;
}

/** Publishes in record batches of four rows. */
export async function publishPoint(world: World, point: Point, { publisher, attempt, dies }: Try): Promise<Told> {
  const outcomes = new Map<number, RowOutcome>();
  const rows = rowsOf(point);
  try {
    const schema = schemaOf(batchOf(point, []));
    const publication = await publisher.open({ ...requestOf(point), attempt }, schema, async (_, settled) => {
      for (const { streamRow, outcome } of settled) outcomes.set(streamRow, outcome);
      await world.clock.turn();
    });
    const fed = (async (): Promise<Summary> => {
      for (let at = 0; at < rows.length; at += 4) await publication.accept(batchOf(point, rows.slice(at, at + 4)));
      return await publication.end();
    })();
    const gone = dies?.then(async () => {
      await publication.abandon("cancelled");
    });
    try {
      const ended = await Promise.race([fed, ...(gone === undefined ? [] : [gone])]);
      return { outcomes, summary: ended ?? undefined };
    } finally {
      // The race told how it ended; a feed that lost it against the client's death fails of that death, and must be over.
      await Promise.allSettled([fed]);
    }
  } catch (error) {
    return { outcomes, summary: undefined, error };
  }
}

/** Every breach, as a sentence. The rows and the ledger are the emulator's. */
export function matrixBreaches(world: World, point: Point, { outcomes }: Told): string[] {
  const rows = rowsOf(point);
  const standing = Map.groupBy(world.emulator.rows("x_item"), (row) => String(row["x_name"]));
  const found: string[] = [];
  for (const [name, twins] of standing) if (twins.length > 1) found.push(`duplicated: ${twins.length} of ${name}`);
  for (const [at, row] of rows.entries()) {
    const outcome = outcomes.get(at);
    const expected = expectedOf(point, row);
    const told = outcome?.failure?.code ?? (outcome === undefined ? "nothing" : "acknowledged");
    if (told !== expected) found.push(`row ${row.n} (item ${row.k}): ${told}, should be ${expected}`);
    const isLast = rows.findLastIndex(({ k }) => k === row.k) === at;
    if (isLast) found.push(...differences(point, row, standing.get(`item ${row.k}`)?.[0]));
  }
  return [...found, ...regressions(world)];
}

function expectedOf(point: Point, { k }: MatrixRow): string {
  return point.mode === "UPDATE" && !isSeeded(point, k) ? "row_missing" : "acknowledged";
}

function differences(
  point: Point,
  { k, n }: MatrixRow,
  stands: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  if (point.mode === "DELETE") return stands === undefined ? [] : [`lost: item ${k} is still there`];
  if (point.mode === "UPDATE" && !isSeeded(point, k)) return stands === undefined ? [] : [`item ${k} was made`];
  if (stands === undefined) return [`lost: item ${k}`];
  return (point.columns ?? typedColumns).flatMap((column) => {
    const [value, expected] = [JSON.stringify(stands[column.target]), JSON.stringify(column.stands(n))];
    return value === expected ? [] : [`lost: ${column.target} of item ${k} is ${value}, should be ${expected}`];
  });
}

/** No row is made twice under one id, and none goes back to older values. */
function regressions(world: World): readonly string[] {
  const newest = new Map<string, number>();
  const made = new Set<string>();
  const found: string[] = [];
  for (const { table, id, operation, values } of world.emulator.ledger.effects) {
    if (table !== "x_item") continue;
    if (operation === "create" && made.has(id)) found.push(`duplicated: ${id} was made twice`);
    if (operation === "create") made.add(id);
    const n = Math.abs(Number(values?.["x_int"] ?? 0));
    if (n < (newest.get(id) ?? 0)) found.push(`regressed: ${id} from ${newest.get(id)} to ${n}`);
    newest.set(id, n);
  }
  return found;
}
