/** The rows of every table with their indexes. It checks nothing but uniqueness; the rules stand in values.ts and write.ts. */

import type { AlternateKey, Column, Table } from "../schema/types.ts";
import { duplicateRow } from "../wire/errors.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { Tombstones } from "./tombstones.ts";
import type { Stored } from "./values.ts";
import { keyPart } from "./values.ts";

export interface Row {
  readonly id: string;
  /** By ordinal of the column; absent = null. */
  readonly values: readonly Stored[];
  /** What an ETag shows; grows with every write to the environment. */
  readonly version: number;
  /** Hash of the values that the last effect carried. */
  readonly lastHash: string;
}

export function stored(row: Row, column: Column): Stored {
  return row.values[column.ordinal] ?? null;
}

export class TableRows {
  readonly table: Table;
  private readonly rows = new Map<string, Row>();
  private readonly indexes: readonly { readonly key: AlternateKey; readonly ids: Map<string, string> }[];
  private order: readonly string[] | undefined;

  constructor(table: Table) {
    this.table = table;
    // A key enforces nothing until its index has been built. That of an elastic table is the identity of its rows.
    this.indexes = table.keys
      .filter((key) => key.status === "Active" && table.kind !== "elastic")
      .map((key) => ({ key, ids: new Map<string, string>() }));
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: string): Row | undefined {
    return this.rows.get(id);
  }

  all(): IterableIterator<Row> {
    return this.rows.values();
  }

  /** Ids in the order of the primary key. */
  ids(): readonly string[] {
    this.order ??= [...this.rows.keys()].sort();
    return this.order;
  }

  /** The row that has these key values, in the order of the key's columns. */
  find(key: AlternateKey, parts: readonly Stored[]): Row | undefined {
    const text = keyText(parts);
    const id = text === undefined ? undefined : this.indexes.find((index) => index.key === key)?.ids.get(text);
    return id === undefined ? undefined : this.rows.get(id);
  }

  /** Rows whose lookup `column` holds this id. */
  referencing(column: Column, id: string): readonly Row[] {
    return [...this.rows.values()].filter((row) => {
      const value = stored(row, column);
      return typeof value === "object" && value !== null && value.id === id;
    });
  }

  /** Puts the row in place of the one with its id, if any. Throws the service's refusal of a duplicate key. */
  put(row: Row): void {
    const before = this.rows.get(row.id);
    for (const index of this.indexes) {
      const text = rowKey(index.key, row);
      const holder = text === undefined ? undefined : index.ids.get(text);
      if (holder !== undefined && holder !== row.id) {
        throw duplicateKey(this.table, index.key, row);
      }
    }
    this.unindex(before);
    this.rows.set(row.id, row);
    if (before === undefined) {
      this.order = undefined;
    }
    for (const index of this.indexes) {
      const text = rowKey(index.key, row);
      if (text !== undefined) {
        index.ids.set(text, row.id);
      }
    }
  }

  /** Like `put` for a row that must not be there yet. */
  insert(row: Row): void {
    if (this.rows.has(row.id)) {
      throw duplicateRow();
    }
    this.put(row);
  }

  remove(id: string): void {
    this.unindex(this.rows.get(id));
    if (this.rows.delete(id)) {
      this.order = undefined;
    }
  }

  private unindex(row: Row | undefined): void {
    if (row === undefined) {
      return;
    }
    for (const index of this.indexes) {
      const text = rowKey(index.key, row);
      if (text !== undefined) {
        index.ids.delete(text);
      }
    }
  }
}

export class Store {
  readonly tombstones = new Tombstones();
  private readonly tables = new Map<string, TableRows>();
  private lastVersion = 1000;

  constructor(tables: readonly Table[]) {
    for (const table of tables) {
      this.tables.set(table.name, new TableRows(table));
    }
  }

  rows(table: Table): TableRows {
    const rows = this.tables.get(table.name);
    if (rows === undefined) {
      throw new Error(`The store was made without the table ${table.name}.`);
    }
    return rows;
  }

  /** A new table, or a known one as it is from now on: columns only appended, keys added or gone. Rows stay. Throws for a new key that the rows violate. */
  define(table: Table): void {
    const fresh = new TableRows(table);
    for (const row of this.tables.get(table.name)?.all() ?? []) {
      fresh.put(row);
    }
    this.tables.set(table.name, fresh);
  }

  /** The table is gone with its rows. */
  drop(table: Table): void {
    this.tables.delete(table.name);
  }

  /** Of the last write. */
  get version(): number {
    return this.lastVersion;
  }

  nextVersion(): number {
    this.lastVersion += 1;
    return this.lastVersion;
  }
}

function rowKey(key: AlternateKey, row: Row): string | undefined {
  return keyText(key.columns.map((column) => stored(row, column)));
}

/** A key with a null part is not covered by uniqueness. NUL cannot occur in a stored text. */
function keyText(parts: readonly Stored[]): string | undefined {
  return parts.includes(null) ? undefined : parts.map(keyPart).join("\u0000");
}
