/** Deleting a row, with what its relationships say of the rows that point to it. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Collection, Column, Table, Target } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { traitsOf } from "./traits.ts";

interface Dependents {
  readonly table: Table;
  readonly column: Column;
  readonly onDelete: Target["onDelete"];
  readonly rows: readonly Row[];
}

interface Doomed {
  readonly table: Table;
  readonly row: Row;
}

/** Throws if a relationship forbids it; whoever runs the operation then undoes what was done before. */
export function removeRow(session: Session, transaction: Transaction, table: Table, row: Row): void {
  // A list, not recursion: a chain of rows may be longer than the stack.
  const pending: Doomed[] = [{ table, row }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (session.store.rows(next.table).get(next.row.id) !== undefined) {
      pending.push(...removeOne(session, transaction, next));
    }
  }
}

/** Returns the rows that must go with it. */
function removeOne(session: Session, transaction: Transaction, { table, row }: Doomed): readonly Doomed[] {
  const dependents = [...table.collections.values()].flatMap((collection) =>
    collection.kind === "oneToMany" ? dependentsOf(session, table, row, collection) : [],
  );
  if (dependents.some(({ onDelete }) => onDelete === "Restrict")) {
    throw new ServiceError(
      405,
      codes.associated,
      "The object you tried to delete is associated with another object and cannot be deleted.",
    );
  }
  removeLinks(session, transaction, table, row);
  forgetFiles(session, transaction, table, row);
  transaction.remove(table, row);
  return dependents.flatMap((found) => {
    if (found.onDelete === "Cascade") {
      return found.rows.map((dependent) => ({ table: found.table, row: dependent }));
    }
    for (const { id } of found.rows) {
      clear(session, transaction, found, id);
    }
    return [];
  });
}

function dependentsOf(
  session: Session,
  target: Table,
  row: Row,
  { table: name, column: columnName }: Extract<Collection, { kind: "oneToMany" }>,
): readonly Dependents[] {
  const table = session.catalog.find(name);
  const column = table?.byName.get(columnName);
  const onDelete = column?.targets.find((candidate) => candidate.table === target.name)?.onDelete;
  if (table === undefined || column === undefined || onDelete === undefined || onDelete === "NoCascade") {
    return [];
  }
  const store = session.store.rows(table);
  const rows = store.size === 0 ? [] : store.referencing(column, row.id).filter(({ id }) => id !== row.id);
  return rows.length === 0 ? [] : [{ table, column, onDelete, rows }];
}

/** The rest of the row stays as it is: nobody edited it. It is read anew because it may point here through two columns. */
function clear(session: Session, transaction: Transaction, { table, column }: Dependents, id: string): void {
  const row = session.store.rows(table).get(id);
  if (row !== undefined) {
    const values = [...row.values];
    values[column.ordinal] = null;
    transaction.update(table, row, values, [{ column, value: null }]);
  }
}

function forgetFiles(session: Session, transaction: Transaction, table: Table, row: Row): void {
  for (const column of traitsOf(table).files) {
    const id = stored(row, column);
    if (typeof id === "string") {
      transaction.afterCommit(() => session.files.remove(id));
    }
  }
}

function removeLinks(session: Session, transaction: Transaction, table: Table, row: Row): void {
  for (const collection of table.collections.values()) {
    const intersect = collection.kind === "manyToMany" ? session.catalog.find(collection.intersect) : undefined;
    const here = collection.kind === "manyToMany" ? intersect?.byName.get(collection.here) : undefined;
    if (intersect === undefined || here === undefined) {
      continue;
    }
    const links = [...session.store.rows(intersect).all()].filter((candidate) => stored(candidate, here) === row.id);
    for (const found of links) {
      transaction.remove(intersect, found);
    }
  }
}
