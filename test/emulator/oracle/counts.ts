/** What the ledger and the rows add up to. */
import type { Environment } from "../environment.ts";
import { stored } from "../rows/row.ts";
import { plainValue } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import type { Ledger, TableCounts } from "./ledger.ts";
import type { Selection } from "./selection.ts";
import { effectTest, selectedRequests } from "./selection.ts";

export interface Counts {
  /** Web API requests, refused ones included. */
  readonly requests: number;
  /** To the token endpoint. */
  readonly tokens: number;
  readonly batches: number;
  /** Answers 429. */
  readonly throttles: number;
  /** Requests sent while a Retry-After was in force. */
  readonly early: number;
  readonly effects: number;
  /** Tables that were written to or hold rows. */
  readonly tables: Readonly<Record<string, TableCounts & { readonly rows: number }>>;
}

export function countAll(environment: Environment, selection: Selection): Counts {
  const all = selectedRequests(environment.ledger, selection);
  const requests = all.filter((request) => request.kind === "api");
  const { effects, tables } = countTables(environment, selection);
  return {
    requests: requests.length,
    tokens: all.filter((request) => request.kind === "identity" && request.method === "POST").length,
    batches: requests.filter((request) => request.path.endsWith("/$batch")).length,
    throttles: requests.filter((request) => request.status === 429).length,
    early: requests.filter((request) => request.early).length,
    effects,
    tables,
  };
}

function countTables(
  { catalog, store, ledger }: Environment,
  selection: Selection,
): { readonly effects: number; readonly tables: Counts["tables"] } {
  const whole = selection.principal === undefined && selection.client === undefined;
  const countsOf = whole ? (table: string) => ledger.countsOf(table) : countsBy(ledger, selection);
  const tables: Record<string, TableCounts & { readonly rows: number }> = {};
  let effects = 0;
  for (const table of catalog.tables) {
    const counts = { ...countsOf(table.name), rows: store.rows(table).size };
    const written = counts.creates + counts.updates + counts.deletes;
    effects += written;
    if (counts.rows + written > 0) {
      tables[table.name] = counts;
    }
  }
  return { effects, tables };
}

/** The effects of selected clients only. */
function countsBy(ledger: Ledger, selection: Selection): (table: string) => TableCounts {
  const isSelected = effectTest(ledger, selection);
  const found = new Map<string, TableCounts>();
  const countsOf = (table: string): TableCounts => {
    const counts = found.get(table) ?? { creates: 0, updates: 0, deletes: 0, repeated: 0 };
    found.set(table, counts);
    return counts;
  };
  for (const effect of ledger.effects) {
    if (isSelected(effect)) {
      const counts = countsOf(effect.table);
      counts[`${effect.operation}s`] += 1;
      counts.repeated += effect.repeated ? 1 : 0;
    }
  }
  return countsOf;
}

export function plainRows(
  { store }: Environment,
  table: Table,
  since: number,
  count: number,
): readonly Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  for (const row of store.rows(table).all(since)) {
    if (found.length >= count) {
      break;
    }
    found.push(Object.fromEntries(table.columns.map((column) => [column.name, plainValue(stored(row, column))])));
  }
  return found;
}
