/** Seeded input: rows with keys that repeat, values that metadata forbids, and keys that differ only in case. */
import type { Column, RecordBatch } from "../../server/arrow/columns.ts";
import type { Mode, PublishRequest } from "../../server/dataverse/request.ts";
import { decimal128, int32, recordBatch, text } from "../support/columns.ts";

export interface InputRow {
  /** Unique in the scenario: names the row in every effect it ever has. */
  readonly index: number;
  readonly key: string;
  readonly limit: string;
}

export type Strategy = PublishRequest["strategy"];

export interface Scenario {
  readonly mode: Mode;
  readonly strategy: Strategy;
  readonly rows: readonly InputRow[];
  /** Lengths of the record batches. */
  readonly cuts: readonly number[];
}

export interface ScenarioOptions {
  /** Keys to choose from, for each row; 0.2 to 1.2 when absent. */
  readonly keysPerRow?: number;
  /** Every key once: for runs whose order changes between attempts. */
  readonly uniqueKeys?: boolean;
  readonly mode?: Mode;
  /** Half of the seeds go by `$batch`, half by bulk messages when absent. */
  readonly strategy?: Strategy;
  /** Index of the first row; names the keys too when not 0, so that several scenarios share one table. */
  readonly first?: number;
  readonly rowsMax?: number;
}

const modes: readonly Mode[] = ["UPSERT", "INSERT", "UPDATE", "DELETE"];
const strategies: readonly Strategy[] = ["BATCH", "BATCH", "AUTO", "BULK"];

export function createScenario(random: () => number, options: ScenarioOptions = {}): Scenario {
  const pick = (limit: number): number => Math.floor(random() * limit);
  const mode = options.mode ?? modes[pick(modes.length)] ?? "UPSERT";
  const drawn = options.strategy ?? strategies[pick(strategies.length)] ?? "AUTO";
  // A standard table has no DeleteMultiple.
  const strategy = mode === "DELETE" && drawn === "BULK" ? "AUTO" : drawn;
  const first = options.first ?? 0;
  const count = 20 + pick((options.rowsMax ?? 300) - 20);
  const keys = Math.max(1, Math.floor(count * (options.keysPerRow ?? 0.2 + random())));
  const rows = Array.from({ length: count }, (_, nth): InputRow => {
    const index = first + nth;
    const number = first + (options.uniqueKeys === true ? nth : pick(keys));
    // Dataverse takes both spellings for one row.
    const key = random() < 0.5 ? `Key-${number}` : `KEY-${number}  `.slice(0, random() < 0.5 ? undefined : -2);
    return { index, key, limit: random() < 0.05 ? "-1.00" : `${index}.25` };
  });
  const cuts: number[] = [];
  for (let left = count; left > 0; left -= cuts.at(-1) ?? left) cuts.push(Math.min(left, 1 + pick(120)));
  return { mode, strategy, rows, cuts };
}

/**
 * Share of requests that fail at most, for a run that still settles every row: a bulk message takes several requests to find each bad
 * row, and the budget of retries lets a run wait longer than its progress time when most of them fail.
 */
export function mostFaults({ strategy }: Scenario): number {
  return strategy === "BATCH" ? 0.6 : 0.35;
}

/** Dataverse's equality of these keys. */
export function folded(key: string): string {
  return key.trimEnd().toLowerCase();
}

/** Metadata forbids a negative credit limit; DELETE sends none. */
export function isForbidden(row: InputRow, mode: Mode): boolean {
  return mode !== "DELETE" && row.limit.startsWith("-");
}

function namesOf(rows: readonly InputRow[]): Column {
  return text(
    "name",
    rows.map((row) => `row ${row.index}`),
  );
}

function limitsOf(rows: readonly InputRow[]): Column {
  return decimal128(
    "creditlimit",
    rows.map((row) => row.limit),
    { precision: 10, scale: 2 },
  );
}

/** Accounts named by their number. */
export function batchOf(rows: readonly InputRow[], mode: Mode): RecordBatch {
  const key = text(
    "accountnumber",
    rows.map((row) => row.key),
  );
  if (mode === "DELETE") return recordBatch(key);
  const employees = int32(
    "numberofemployees",
    rows.map((row) => row.index),
  );
  return recordBatch(key, namesOf(rows), limitsOf(rows), employees);
}

/** Accounts named by another column. */
export function batchBy(key: Column, rows: readonly InputRow[], mode: Mode): RecordBatch {
  if (mode === "DELETE") return recordBatch(key);
  const number = text(
    "accountnumber",
    rows.map((row) => folded(row.key)),
  );
  return recordBatch(key, number, namesOf(rows), limitsOf(rows));
}
