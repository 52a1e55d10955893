/** Associations between rows: a lookup on the many side, or a row of the intersect table. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Reference, Stored } from "../rows/values.ts";
import type { Collection, Column, Table } from "../schema/types.ts";
import { codes, missingRow, ServiceError } from "../wire/errors.ts";
import { update } from "./update.ts";

/** A row and the collection of it that a link belongs to. */
export interface Side {
  readonly table: Table;
  readonly row: Row;
  readonly collection: Collection;
}

/** Throws for a row that is not there, and for a many-to-many link that is. */
export function link(session: Session, transaction: Transaction, side: Side, there: Reference): void {
  const { table, row, collection } = side;
  const member = memberOf(session, there);
  if (collection.kind === "oneToMany") {
    const column = columnOf(member.table, collection.column);
    const sent = [{ column, value: { table: table.name, id: row.id } }];
    update(session, transaction, { ...member, sent, replace: false });
    return;
  }
  if (linkRow(session, side, there) !== undefined) {
    throw new ServiceError(412, codes.duplicate, "Cannot insert duplicate key.");
  }
  const intersect = session.catalog.named(collection.intersect);
  const values = new Array<Stored>(intersect.width).fill(null);
  const id = session.chance.guid();
  const sent = [
    { column: columnOf(intersect, collection.here), value: row.id },
    { column: columnOf(intersect, collection.there), value: there.id },
  ];
  values[intersect.primaryId.ordinal] = id;
  for (const { column, value } of sent) {
    values[column.ordinal] = value;
  }
  transaction.create(intersect, { id, values }, sent, []);
}

/** Throws if the two are not linked. */
export function unlink(session: Session, transaction: Transaction, side: Side, there: Reference): void {
  const { row, collection } = side;
  if (collection.kind === "oneToMany") {
    const member = memberOf(session, there);
    const column = columnOf(member.table, collection.column);
    const value = stored(member.row, column);
    if (typeof value !== "object" || value?.id !== row.id) {
      throw missingRow(there.table, there.id);
    }
    update(session, transaction, { ...member, sent: [{ column, value: null }], replace: false });
    return;
  }
  const found = linkRow(session, side, there);
  if (found === undefined) {
    throw missingRow(there.table, there.id);
  }
  transaction.remove(session.catalog.named(collection.intersect), found);
}

function linkRow(session: Session, { row, collection }: Side, there: Reference): Row | undefined {
  if (collection.kind !== "manyToMany") {
    return undefined;
  }
  const intersect = session.catalog.named(collection.intersect);
  const [here, other] = [columnOf(intersect, collection.here), columnOf(intersect, collection.there)];
  for (const candidate of session.store.rows(intersect).all()) {
    if (stored(candidate, here) === row.id && stored(candidate, other) === there.id) {
      return candidate;
    }
  }
  return undefined;
}

function memberOf(session: Session, { table: name, id }: Reference): { readonly table: Table; readonly row: Row } {
  const table = session.catalog.named(name);
  const row = session.store.rows(table).get(id);
  if (row === undefined) {
    throw missingRow(name, id, session.settings.missingIdStatus);
  }
  return { table, row };
}

function columnOf(table: Table, name: string): Column {
  const column = table.byName.get(name);
  if (column === undefined) {
    throw new Error(`${table.name} has no column ${name}.`);
  }
  return column;
}
