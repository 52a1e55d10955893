/** What the ledger and the rows add up to. */
import type { Environment } from "../environment.ts";
import { stored } from "../rows/store.ts";
import { plainValue } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import type { RequestRecord, TableCounts } from "./ledger.ts";

export interface Counts {
  /** Web API requests, refused ones included. */
  readonly requests: number;
  readonly batches: number;
  /** Answers 429. */
  readonly throttles: number;
  /** Requests sent while a Retry-After was in force. */
  readonly early: number;
  readonly effects: number;
  /** Tables that were written to or hold rows. */
  readonly tables: Readonly<Record<string, TableCounts & { readonly rows: number }>>;
}

export interface Violations {
  readonly early: number;
  /** The first of them. */
  readonly requests: readonly RequestRecord[];
}

/** More would only repeat the point. */
const shownMax = 1000;

export function countAll({ catalog, store, ledger }: Environment): Counts {
  const tables: Record<string, TableCounts & { readonly rows: number }> = {};
  for (const table of catalog.tables) {
    const rows = store.rows(table).size;
    const counts = ledger.countsOf(table.name);
    if (rows + counts.creates + counts.updates + counts.deletes > 0) {
      tables[table.name] = { ...counts, rows };
    }
  }
  const { requests } = ledger;
  return {
    requests: requests.length,
    batches: requests.filter((request) => request.path.endsWith("/$batch")).length,
    throttles: requests.filter((request) => request.status === 429).length,
    early: requests.filter((request) => request.early).length,
    effects: ledger.effects.length,
    tables,
  };
}

export function findViolations({ ledger }: Environment): Violations {
  const early = ledger.requests.filter((request) => request.early);
  return { early: early.length, requests: early.slice(0, shownMax) };
}

export function plainRows(
  { store }: Environment,
  table: Table,
  since: number,
  count: number,
): readonly Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  let index = 0;
  for (const row of store.rows(table).all()) {
    if (index >= since + count) {
      break;
    }
    if (index >= since) {
      found.push(Object.fromEntries(table.columns.map((column) => [column.name, plainValue(stored(row, column))])));
    }
    index += 1;
  }
  return found;
}
