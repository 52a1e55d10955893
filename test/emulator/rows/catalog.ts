/** The tables of the environment, found by logical name or entity set name, and its global choices. */
import type { Choice, Table } from "../schema/types.ts";
import { ServiceError, unknownSegment } from "../wire/errors.ts";

export class Catalog {
  private readonly byName: Map<string, Table>;
  private readonly bySet: Map<string, Table>;

  /** Global choices by name. */
  readonly choices: Map<string, Choice>;
  /** New keys whose index is being built; `due` in milliseconds since 1970. */
  readonly pendingKeys: { readonly table: string; readonly key: string; readonly due: number }[] = [];

  constructor(tables: readonly Table[], choices: readonly Choice[] = []) {
    this.byName = new Map(tables.map((table) => [table.name, table]));
    this.bySet = new Map(tables.map((table) => [table.setName, table]));
    this.choices = new Map(choices.map((choice) => [choice.name, choice]));
  }

  get tables(): readonly Table[] {
    return [...this.byName.values()];
  }

  /** Adds a table, or puts it in place of the one of its name. */
  define(table: Table): void {
    const before = this.byName.get(table.name);
    if (before !== undefined) {
      this.bySet.delete(before.setName);
    }
    this.byName.set(table.name, table);
    this.bySet.set(table.setName, table);
  }

  drop(table: Table): void {
    this.byName.delete(table.name);
    this.bySet.delete(table.setName);
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

  hasSet(setName: string): boolean {
    return this.bySet.has(setName);
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
