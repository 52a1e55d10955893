/** The tables of the environment, found by logical name or entity set name. */

import type { Table } from "../schema/types.ts";
import { ServiceError, unknownSegment } from "../wire/errors.ts";

export class Catalog {
  readonly tables: readonly Table[];
  private readonly byName: ReadonlyMap<string, Table>;
  private readonly bySet: ReadonlyMap<string, Table>;

  constructor(tables: readonly Table[]) {
    this.tables = tables;
    this.byName = new Map(tables.map((table) => [table.name, table]));
    this.bySet = new Map(tables.map((table) => [table.setName, table]));
  }

  find(logicalName: string): Table | undefined {
    return this.byName.get(logicalName);
  }

  /** Throws if there is no such table. */
  named(logicalName: string): Table {
    const table = this.byName.get(logicalName);
    if (table === undefined) {
      throw new ServiceError(404, "0x80060888", `Could not find an entity with logical name '${logicalName}'.`);
    }
    return table;
  }

  /** Entity set names are case-sensitive. */
  set(setName: string): Table {
    const table = this.bySet.get(setName);
    if (table === undefined) {
      throw unknownSegment(setName);
    }
    return table;
  }
}
