/** Rows that can match a filter, found by primary or alternate key instead of looking at all of them. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import type { Filter } from "./filter.ts";
import { fromText } from "./literal.ts";

/** Undefined if all must be looked at. */
export function candidates(session: Session, table: Table, filter: Filter | undefined): readonly Row[] | undefined {
  switch (filter?.kind) {
    case "compare":
      return filter.test === "eq" && filter.literal.kind !== "null"
        ? byValues(session, table, filter.property, [filter.literal.text])
        : undefined;
    case "in": {
      const texts = filter.literals.map(({ text }) => text);
      return filter.literals.some(({ kind }) => kind === "null")
        ? undefined
        : byValues(session, table, filter.property, texts);
    }
    case "and":
      return filter.terms.map((term) => candidates(session, table, term)).find((rows) => rows !== undefined);
    case "or": {
      const parts = filter.terms.map((term) => candidates(session, table, term));
      return parts.includes(undefined) ? undefined : [...new Set(parts.flatMap((rows) => rows ?? []))];
    }
    default:
      return undefined;
  }
}

function byValues(
  session: Session,
  table: Table,
  property: string,
  texts: readonly string[],
): readonly Row[] | undefined {
  const column = table.byReadName.get(property);
  if (column === undefined) {
    return undefined;
  }
  const rows = session.store.rows(table);
  const values = texts.map((text) => fromText(column, text));
  if (values.includes(undefined)) {
    return undefined;
  }
  const known = values as readonly Stored[];
  if (column.type === "lookup") {
    return known.length === 1 ? rows.referencing(column, String(known[0])) : undefined;
  }
  const key = table.keys.find(
    ({ columns, status }) => status === "Active" && columns.length === 1 && columns[0] === column,
  );
  // The same id may stand in several partitions of an elastic table.
  if (key === undefined && (column !== table.primaryId || table.kind === "elastic")) {
    return undefined;
  }
  const found = known.map((value) => (key === undefined ? rows.get(String(value)) : rows.find(key, [value])));
  return [...new Set(found.filter((row) => row !== undefined))];
}
