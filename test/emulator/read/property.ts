/** What a property path of a query reads from a row: a column, or one of a row that a lookup leads to. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Reference, Stored } from "../rows/values.ts";
import type { Column, Navigation, Table } from "../schema/types.ts";
import { unknownProperty } from "../wire/errors.ts";

export interface Scope {
  readonly session: Session;
  readonly table: Table;
  /** Inside a lambda: the name that every path begins with. */
  readonly variable?: string;
}

export interface Property {
  /** The table that the column is of. */
  readonly table: Table;
  readonly column: Column;
  read(row: Row): Stored;
}

/** The value of a column; some are no part of what is stored. */
export function columnValue(row: Row, column: Column): Stored {
  return column.name === "versionnumber" ? BigInt(row.version) : stored(row, column);
}

/** `name`, `_x_value`, `primarycontactid/fullname`. Names are case-sensitive. Throws the service's 400. */
export function resolveProperty(scope: Scope, path: string): Property {
  const segments = path.split("/");
  if (scope.variable !== undefined && segments.shift() !== scope.variable) {
    throw unknownProperty(scope.table.name, path.split("/")[0] ?? "");
  }
  const last = segments.pop() ?? "";
  let table = scope.table;
  const steps: ((row: Row) => Row | undefined)[] = [];
  for (const segment of segments) {
    const navigation = table.navigations.get(segment);
    const target = navigation === undefined ? undefined : singleTarget(scope.session, navigation);
    if (navigation === undefined || target === undefined) {
      throw unknownProperty(table.name, segment);
    }
    steps.push((row) => referenced(scope.session, row, navigation));
    table = target;
  }
  const column = columnOf(table, last);
  return { table, column, read: (row) => readThrough(steps, row, column) };
}

function columnOf(table: Table, property: string): Column {
  const column = table.byReadName.get(property);
  if (column === undefined || column.type === "partylist") {
    throw unknownProperty(table.name, property);
  }
  return column;
}

function readThrough(steps: readonly ((row: Row) => Row | undefined)[], row: Row, column: Column): Stored {
  let at: Row | undefined = row;
  for (const step of steps) {
    at = at === undefined ? undefined : step(at);
  }
  return at === undefined ? null : columnValue(at, column);
}

/** An owner may be of several tables and has none of their columns in common. */
export function singleTarget(session: Session, { targets }: Navigation): Table | undefined {
  const [only, ...others] = targets;
  return only === undefined || others.length > 0 ? undefined : session.catalog.find(only);
}

/** The row that this one refers to through the property; undefined if it refers to none, or to one of another table. */
export function referenced(session: Session, row: Row, { column, targets }: Navigation): Row | undefined {
  const reference = stored(row, column);
  return isReference(reference) && targets.includes(reference.table) ? rowOf(session, reference) : undefined;
}

export function isReference(value: Stored): value is Reference {
  return typeof value === "object" && value !== null;
}

export function rowOf(session: Session, { table, id }: Reference): Row | undefined {
  const target = session.catalog.find(table);
  return target === undefined ? undefined : session.store.rows(target).get(id);
}

/** What the row is called where people see it; undefined if it is gone or has no name. */
export function nameOf(session: Session, reference: Reference): string | undefined {
  const row = rowOf(session, reference);
  const table = session.catalog.find(reference.table);
  const column = table?.byName.get(table.primaryName);
  const name = row === undefined || column === undefined ? null : stored(row, column);
  return typeof name === "string" ? name : undefined;
}
