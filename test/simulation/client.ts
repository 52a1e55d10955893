/** A client of the simulation: seeds the table, feeds a stream in record batches, and notes what it is told of each row. */
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import type { Publication, Publisher, Summary } from "../../server/publish/publication.ts";
import { schemaOf } from "../support/columns.ts";
import type { Evidence } from "./oracle.ts";
import type { InputRow, Scenario } from "./scenario.ts";
import { batchOf, folded } from "./scenario.ts";
import type { World } from "./world.ts";
import { defaults } from "./world.ts";

/** After which no write of an abandoned request can still land. */
const calmMs = 300_000;

export interface Attempt {
  readonly scenario: Scenario;
  /** Rows in the order in which this attempt sends them; the scenario's own when absent. */
  readonly rows?: readonly InputRow[];
  readonly request?: Partial<PublishRequest>;
  /** Virtual milliseconds after which the client vanishes; undefined = it stays. */
  readonly diesAfterMs?: number;
  /** How the client takes outcome rows; at once when absent. */
  readonly take?: () => Promise<void>;
  /** Another process than the world's first. */
  readonly publisher?: Publisher;
  readonly toBatch?: (rows: readonly InputRow[]) => RecordBatch;
}

export interface Told {
  readonly outcomes: ReadonlyMap<number, RowOutcome>;
  /** Undefined when the client vanished or the stream ended with an error. */
  readonly summary: Summary | undefined;
  readonly error?: unknown;
}

/** Publishes to the end; what ends the stream with an error is told, not thrown. */
export async function publish(world: World, attempt: Attempt): Promise<Told> {
  const { scenario, rows = scenario.rows } = attempt;
  const { mode, strategy } = scenario;
  const toBatch = attempt.toBatch ?? ((some) => batchOf(some, mode));
  const outcomes = new Map<number, RowOutcome>();
  const request: PublishRequest = {
    ...defaults,
    mode,
    strategy,
    ...(mode === "INSERT" ? { matchOn: [], rowKey: ["accountnumber"] } : {}),
    ...attempt.request,
  };
  try {
    const publisher = attempt.publisher ?? world.publisher;
    const publication = await publisher.open(request, schemaOf(toBatch(rows.slice(0, 1))), async (_, settled) => {
      for (const { streamRow, outcome } of settled) {
        const row = rows[streamRow];
        if (row === undefined || outcomes.has(row.index)) throw new Error(`row ${streamRow} settled out of place`);
        outcomes.set(row.index, outcome);
      }
      await (attempt.take?.() ?? world.clock.turn());
    });
    if (attempt.diesAfterMs === undefined) {
      await feed(publication);
      return { outcomes, summary: await publication.end() };
    }
    const fed = Promise.allSettled([feed(publication)]);
    await world.clock.sleep(attempt.diesAfterMs);
    await publication.abandon("cancelled");
    await fed;
    return { outcomes, summary: undefined };
  } catch (error) {
    return { outcomes, summary: undefined, error };
  }

  async function feed(publication: Publication): Promise<void> {
    let at = 0;
    for (const length of scenario.cuts) {
      const batch = toBatch(rows.slice(at, at + length));
      await publication.room(batch.bytes);
      await publication.accept(batch);
      at += length;
      await world.clock.sleep(world.clock.random() * 400);
    }
  }
}

/** A GUID for each key, in upper case where the key is; for tables whose rows are named by their primary key. */
export function idOf({ key }: InputRow): string {
  const id = `0000abcd-0000-4000-8000-${folded(key).slice(4).padStart(12, "0")}`;
  return key.startsWith("KEY") ? id.toUpperCase() : id;
}

/** Most of the keys stand in the table before, but for an INSERT. `missing`: share of those that do not. */
export async function seedRows(
  world: World,
  scenario: Scenario,
  random: () => number,
  missing = 0.2,
): Promise<Set<string>> {
  const keys = new Set<string>();
  if (scenario.mode === "INSERT") return keys;
  for (const row of scenario.rows) {
    const key = folded(row.key);
    if (keys.has(key) || random() < missing) continue;
    keys.add(key);
    await world.emulator.handle({
      method: "POST",
      url: "/api/data/v9.2/accounts",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ accountid: idOf(row).toLowerCase(), accountnumber: key, name: "before" }),
    });
  }
  return keys;
}

export async function settleLate(world: World): Promise<void> {
  await Promise.all(world.wire.late);
  await world.clock.sleep(calmMs);
}

/** What the emulator's ledger says of the rows of one scenario; others may have published to the same table. */
export function evidence(world: World, scenario: Scenario, seeded: ReadonlySet<string>): Omit<Evidence, "outcomes"> {
  const names = new Set(scenario.rows.map((row) => `row ${row.index}`));
  const keys = new Set(scenario.rows.map((row) => folded(row.key)));
  return {
    mode: scenario.mode,
    rows: scenario.rows,
    effects: [...world.emulator.ledger.effects].filter(
      ({ table, values }) => table === "account" && names.has(String(values?.["name"])),
    ),
    present: world.emulator.rows("account").filter((row) => keys.has(folded(String(row["accountnumber"])))),
    seeded,
  };
}

export const hours = { maxMs: 48 * 3_600_000 };
