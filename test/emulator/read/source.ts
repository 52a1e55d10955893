/** Where the rows of a list come from, in the order of their ids: a table, or what a navigation property leads to. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Table } from "../schema/types.ts";
import { candidates } from "./candidates.ts";
import type { Filter } from "./filter.ts";

export interface Source {
  readonly table: Table;
  /** Below the service root, for links. */
  readonly path: string;
  /** Undefined where it takes counting. */
  readonly size: number | undefined;
  /** Rows whose id comes after this one, or all. */
  rows(after: string | undefined): Iterable<Row>;
}

export function tableSource(session: Session, table: Table, filter: Filter | undefined): Source {
  const found = candidates(session, table, filter);
  if (found !== undefined) {
    const sorted = [...found].sort((a, b) => (a.id < b.id ? -1 : 1));
    return rowsSource(table, table.setName, sorted);
  }
  const rows = session.store.rows(table);
  return { table, path: table.setName, size: rows.size, rows: (after) => rows.after(after) };
}

/** `rows` are in the order of their ids. */
export function rowsSource(table: Table, path: string, rows: readonly Row[]): Source {
  return {
    table,
    path,
    size: rows.length,
    rows: (after) => (after === undefined ? rows : rows.filter(({ id }) => id > after)),
  };
}
