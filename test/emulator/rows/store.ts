/** The rows of every table, and the version that the next write gets. */
import { Replica } from "../elastic/replica.ts";
import type { Table } from "../schema/types.ts";
import { TableRows } from "./table-rows.ts";
import { Tombstones } from "./tombstones.ts";

export class Store {
  readonly tombstones = new Tombstones();
  readonly replica: Replica;
  private readonly tables = new Map<string, TableRows>();
  private lastVersion = 1000;

  /** `lagMs`: by how much reads of elastic tables may lag behind. */
  constructor(tables: readonly Table[], lagMs = 0) {
    this.replica = new Replica(lagMs);
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
    this.tables.set(table.name, new TableRows(table, this.tables.get(table.name)));
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
