/**
 * The one-row-at-a-time model: what each row may have come to, judged by the emulator's ledger alone. Words of the report: lost,
 * unexpected, duplicated, regressed, overtaken.
 */
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Mode } from "../../server/dataverse/request.ts";
import type { Effect } from "../emulator/oracle/effect.ts";
import type { InputRow } from "./scenario.ts";
import { folded, isForbidden } from "./scenario.ts";

export interface Evidence {
  readonly mode: Mode;
  readonly rows: readonly InputRow[];
  readonly outcomes: ReadonlyMap<number, RowOutcome>;
  readonly effects: readonly Effect[];
  readonly present: readonly Readonly<Record<string, unknown>>[];
  /** Keys (folded) that stood in the table before. */
  readonly seeded: ReadonlySet<string>;
}

/** Every breach of a promise, as a sentence; empty when all hold. */
export function breaches(evidence: Evidence): string[] {
  return [
    ...unsettled(evidence),
    ...(evidence.mode === "DELETE" ? deletions(evidence) : [...writes(evidence), ...order(evidence)]),
    ...doubles(evidence),
    ...overtaken(evidence),
  ];
}

/** The same for a run that stopped: rows of which nothing was told count as not sent, and must not have been applied. */
export function breachesWhenStopped(evidence: Evidence): string[] {
  const { rows, outcomes, effects } = evidence;
  const applied = new Set(effects.map(writtenBy));
  const untold = rows.filter((row) => !outcomes.has(row.index) && applied.has(row.index));
  return [
    ...breaches({ ...evidence, rows: rows.filter((row) => outcomes.has(row.index)) }),
    ...untold.map((row) => `row ${row.index} counts as not sent, and was applied`),
  ];
}

function unsettled({ rows, outcomes }: Evidence): string[] {
  return rows.filter((row) => !outcomes.has(row.index)).map((row) => `row ${row.index} has no outcome`);
}

function writtenBy(effect: Effect): number {
  const name = effect.values?.["name"];
  return typeof name === "string" && name.startsWith("row ") ? Number(name.slice(4)) : -1;
}

function writes(evidence: Evidence): string[] {
  const applied = new Set(evidence.effects.map(writtenBy));
  return evidence.rows.flatMap((row) => {
    const outcome = evidence.outcomes.get(row.index);
    if (outcome === undefined) return [];
    const is = `row ${row.index} (${outcome.kind}${outcome.failure === undefined ? "" : ` ${outcome.failure.code}`})`;
    if (outcome.kind !== "failed") return applied.has(row.index) ? [] : [`lost: ${is} was never applied`];
    const code = outcome.failure?.code ?? "";
    if (applied.has(row.index) && code !== "outcome_unknown") return [`unexpected: ${is} was applied`];
    return mayFailWith(row, evidence, applied).includes(code) ? [] : [`unexpected: ${is}`];
  });
}

/** Codes with which the model lets this row fail; whatever the wire does, no other. */
function mayFailWith(row: InputRow, { mode, rows, seeded }: Evidence, applied: ReadonlySet<number>): readonly string[] {
  if (isForbidden(row, mode)) return ["value_not_mappable", "blocked_by_earlier_row"];
  const key = folded(row.key);
  const twin = rows.some((other) => other.index !== row.index && folded(other.key) === key && applied.has(other.index));
  return [
    "outcome_unknown",
    "deadline_passed",
    "blocked_by_earlier_row",
    ...(mode === "UPDATE" && !seeded.has(key) ? ["row_missing"] : []),
    // Same row key, other values; or another row key that the table's alternate key takes for the same.
    ...(mode === "INSERT" && twin ? ["duplicate_key_in_input", "row_rejected"] : []),
  ];
}

/** Effects of a key never go back to an earlier row. */
export function order({ mode, rows, effects }: Evidence): string[] {
  const newest = new Map<string, number>();
  const byIndex = new Map(rows.map((row) => [row.index, row]));
  const found: string[] = [];
  for (const effect of effects) {
    const index = writtenBy(effect);
    const row = byIndex.get(index);
    if (row === undefined) continue;
    const key = folded(row.key);
    const before = newest.get(key) ?? -1;
    if (index < before && mode !== "INSERT") found.push(`regressed: row ${index} landed over row ${before}`);
    newest.set(key, Math.max(before, index));
  }
  return found;
}

/** A row that may be replayed blocks those after it: a replay would put its older value over theirs. */
function overtaken({ mode, rows, outcomes }: Evidence): string[] {
  // Rows of an INSERT have ids of their own, and overwrite nothing.
  if (mode === "INSERT") return [];
  const blocked = new Map<string, number>();
  return rows.flatMap((row) => {
    const outcome = outcomes.get(row.index);
    const key = folded(row.key);
    const before = blocked.get(key);
    if (outcome?.failure?.retryable === true) blocked.set(key, row.index);
    if (before === undefined || outcome === undefined || outcome.failure !== undefined) return [];
    return [`overtaken: row ${row.index} (${outcome.kind}) went past row ${before}, which may be replayed`];
  });
}

function doubles({ mode, effects, present }: Evidence): string[] {
  const keys = present.map((row) => folded(String(row["accountnumber"])));
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i).map((key) => `duplicated: two rows for ${key}`);
  if (mode !== "INSERT") return twice;
  const created = effects.filter((effect) => effect.operation === "create").map(writtenBy);
  const again = created.filter((index, i) => created.indexOf(index) !== i);
  return [...twice, ...again.map((index) => `duplicated: row ${index} was created twice`)];
}

function deletions({ rows, outcomes, present, seeded }: Evidence): string[] {
  const left = new Set(present.map((row) => folded(String(row["accountnumber"]))));
  return rows.flatMap((row) => {
    const outcome = outcomes.get(row.index);
    if (outcome === undefined) return [];
    const key = folded(row.key);
    if (outcome.kind !== "failed")
      return left.has(key) ? [`lost: row ${row.index} (${outcome.kind}) is still there`] : [];
    const { code = "" } = outcome.failure ?? {};
    const known = ["outcome_unknown", "deadline_passed", "blocked_by_earlier_row"].includes(code);
    return known || !seeded.has(key) ? [] : [`unexpected: row ${row.index} failed with ${code}`];
  });
}
