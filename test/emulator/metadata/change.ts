/** Changes to the model as the rest of the environment must see them: catalog, rows and the ways back. */
import type { Session } from "../environment.ts";
import { messageFilterRows } from "../rows/message-rows.ts";
import { addSeedRow } from "../rows/seed-row.ts";
import { withChangedColumn, withCollection, withoutCollection, withTargets } from "../schema/alter.ts";
import { fromLink, fromLookups } from "../schema/collections.ts";
import type { Collection, Table, Target } from "../schema/types.ts";

/** A table with other columns or keys. */
export function redefine(session: Session, table: Table): void {
  session.catalog.define(table);
  session.store.define(table);
}

/** A new table is usable at once. */
export function addTable(session: Session, table: Table): void {
  redefine(session, table);
  openWaysBack(session, table);
  for (const row of messageFilterRows(table)) {
    addSeedRow(session.catalog, session.store, row, session.now);
  }
}

/** With its rows, and all that led to it. */
export function removeTable(session: Session, table: Table): void {
  const { catalog, store } = session;
  for (const row of messageFilterRows(table)) {
    const filters = catalog.find(row.table);
    if (filters !== undefined) {
      store.rows(filters).remove(row.id);
    }
  }
  catalog.drop(table);
  store.drop(table);
  for (const other of catalog.tables) {
    const collections = new Map([...other.collections].filter(([, collection]) => !isOf(collection, table)));
    if (collections.size < other.collections.size) {
      catalog.define({ ...other, collections });
    }
  }
  for (const other of catalog.tables.filter(({ columns }) => pointsTo(columns, table.name))) {
    const columns = other.columns.filter(({ targets }) => targets.some((target) => target.table === table.name));
    redefine(
      session,
      columns.reduce(
        (changed, column) =>
          withChangedColumn(
            changed,
            withTargets(
              column,
              column.targets.filter((target) => target.table !== table.name),
            ),
          ),
        other,
      ),
    );
  }
}

function isOf(collection: Collection, { name }: Table): boolean {
  return collection.table === name || (collection.kind === "manyToMany" && collection.intersect === name);
}

function pointsTo(columns: Table["columns"], name: string): boolean {
  return columns.some(({ targets }) => targets.some((target) => target.table === name));
}

/** The collections that the table's lookups and links are on other tables. */
export function openWaysBack({ catalog }: Session, table: Table): void {
  for (const [owner, collection] of [...fromLookups(table), ...fromLink(table)]) {
    catalog.define(withCollection(catalog.named(owner), collection));
  }
}

export function closeWayBack({ catalog }: Session, target: Target): void {
  const owner = catalog.find(target.table);
  if (owner !== undefined) {
    catalog.define(withoutCollection(owner, target.collection));
  }
}

/** One more table that a lookup may point to. */
export function addTarget(
  session: Session,
  place: { readonly table: string; readonly column: string },
  target: Target,
): void {
  const table = session.catalog.find(place.table);
  const column = table?.byName.get(place.column);
  if (table === undefined || column === undefined) {
    return;
  }
  const changed = withChangedColumn(table, withTargets(column, [...column.targets, target]));
  redefine(session, changed);
  const collection = { kind: "oneToMany", name: target.collection, table: place.table, column: place.column } as const;
  session.catalog.define(withCollection(session.catalog.named(target.table), collection));
}
