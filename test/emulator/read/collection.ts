/** The rows of a collection-valued navigation property, in the order of their ids. */
import { idOf } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import type { Collection, Column, Table } from "../schema/types.ts";

/** `identity` is that of the row whose collection it is. */
export function collectionRows(session: Session, collection: Collection, identity: string): readonly Row[] {
  const table = session.catalog.find(collection.table);
  if (table === undefined) {
    return [];
  }
  const id = idOf(identity);
  const rows =
    collection.kind === "oneToMany"
      ? referencing(session, table, table.byName.get(collection.column), id)
      : linked(session, collection, table, id);
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function referencing(session: Session, table: Table, column: Column | undefined, id: string): readonly Row[] {
  return column === undefined ? [] : session.store.rows(table).referencing(column, id);
}

function linked(
  session: Session,
  { intersect, here, there }: Collection & { kind: "manyToMany" },
  table: Table,
  id: string,
): readonly Row[] {
  const links = session.catalog.find(intersect);
  const [own, other] = [links?.byName.get(here), links?.byName.get(there)];
  if (links === undefined || own === undefined || other === undefined) {
    return [];
  }
  const rows = session.store.rows(table);
  return linkRows(session, links, own, id).flatMap((link) => {
    const key = idIn(stored(link, other));
    return (key === undefined ? undefined : rows.get(key)) ?? [];
  });
}

/** The columns of an intersect table hold lookups or bare ids. */
function linkRows(session: Session, links: Table, column: Column, id: string): readonly Row[] {
  const rows = session.store.rows(links);
  return column.type === "lookup"
    ? rows.referencing(column, id)
    : rows.ids().flatMap((key) => {
        const row = rows.get(key);
        return row !== undefined && stored(row, column) === id ? [row] : [];
      });
}

function idIn(value: Stored): string | undefined {
  return typeof value === "object" && value !== null ? value.id : typeof value === "string" ? value : undefined;
}
