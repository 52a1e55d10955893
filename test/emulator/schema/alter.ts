/** A table after a change. Ordinals stay: rows that are there already keep their values. */
import { assemble } from "./assemble.ts";
import type { AlternateKey, Collection, Column, Table, Target } from "./types.ts";

export function withColumn(table: Table, column: Column): Table {
  return assemble({
    ...table,
    columns: [...table.columns, column],
    width: Math.max(table.width, column.ordinal + 1),
  });
}

export function withoutColumn(table: Table, name: string): Table {
  return assemble({ ...table, columns: table.columns.filter((column) => column.name !== name) });
}

/** In place of the one of its name. */
export function withChangedColumn(table: Table, changed: Column): Table {
  const now = (column: Column): Column => (column.name === changed.name ? changed : column);
  return assemble({
    ...table,
    columns: table.columns.map(now),
    primaryId: now(table.primaryId),
    keys: table.keys.map((key) =>
      key.columns.some(({ name }) => name === changed.name) ? { ...key, columns: key.columns.map(now) } : key,
    ),
  });
}

export function withTargets(column: Column, targets: readonly Target[]): Column {
  return { ...column, targets };
}

export function withKeys(table: Table, keys: readonly AlternateKey[]): Table {
  return { ...table, keys };
}

export function withCollection(table: Table, collection: Collection): Table {
  return { ...table, collections: new Map([...table.collections, [collection.name, collection]]) };
}

export function withoutCollection(table: Table, name: string): Table {
  return { ...table, collections: new Map([...table.collections].filter(([known]) => known !== name)) };
}
