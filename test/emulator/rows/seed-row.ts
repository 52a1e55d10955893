/** One row that nobody wrote: no effect, no owner. */
import type { Catalog } from "./catalog.ts";
import type { Store } from "./store.ts";
import type { Stored } from "./values.ts";

export interface SeedRow {
  /** Logical name. */
  readonly table: string;
  readonly id: string;
  readonly values: Readonly<Record<string, Stored>>;
}

/** `created`: as a date and time of the service. Values of columns that the table does not have are left out. */
export function addSeedRow(catalog: Catalog, store: Store, seed: SeedRow, created: string): void {
  const table = catalog.find(seed.table);
  if (table === undefined) {
    return;
  }
  const values: Stored[] = new Array<Stored>(table.width).fill(null);
  const all = {
    [table.primaryId.name]: seed.id,
    createdon: created,
    modifiedon: created,
    statecode: 0,
    statuscode: 1,
    ...seed.values,
  };
  for (const [name, value] of Object.entries(all)) {
    const column = table.byName.get(name);
    if (column !== undefined) {
      values[column.ordinal] = value;
    }
  }
  store.rows(table).insert({ id: seed.id, values, version: store.nextVersion(), lastHash: "" });
}
