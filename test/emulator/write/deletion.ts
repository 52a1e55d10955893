/** Deleting a row, with what its relationships say of the rows that point to it. */

import type { Session } from "../environment.ts";
import type { Row } from "../rows/store.ts";
import { stored } from "../rows/store.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Collection, Column, Table, Target } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";

interface Dependents {
  readonly table: Table;
  readonly column: Column;
  readonly onDelete: Target["onDelete"];
  readonly rows: readonly Row[];
}

/** Throws if a relationship forbids it; whoever runs the operation then undoes what was done before. */
export function removeRow(session: Session, transaction: Transaction, table: Table, row: Row): void {
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
  transaction.remove(table, row);
  for (const { table: other, column, onDelete, rows } of dependents) {
    for (const { id } of rows) {
      // A row may point here more than once, or be gone with another that was.
      const dependent = session.store.rows(other).get(id);
      if (dependent === undefined) {
        continue;
      }
      if (onDelete === "Cascade") {
        removeRow(session, transaction, other, dependent);
      } else if (onDelete === "RemoveLink") {
        clear(transaction, other, dependent, column);
      }
    }
  }
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

/** The rest of the row stays as it is: nobody edited it. */
function clear(transaction: Transaction, table: Table, row: Row, column: Column): void {
  const values = [...row.values];
  values[column.ordinal] = null;
  transaction.update(table, row, values, [{ column, value: null }]);
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
