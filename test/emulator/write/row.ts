/** Create, update, upsert and delete by the service's rules. */

import type { Session } from "../environment.ts";
import type { Row } from "../rows/store.ts";
import type { Assignment, Transaction } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import { codes, duplicateRow, missingByKey, missingRow, ServiceError } from "../wire/errors.ts";
import type { JsonObject } from "../wire/json.ts";
import { readAssignments } from "./payload.ts";
import { checkState } from "./state.ts";

export interface Condition {
  /** `*`, an ETag, or undefined. */
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export interface Written {
  readonly row: Row;
  readonly created: boolean;
}

export function etag(row: Row): string {
  return `W/"${row.version}"`;
}

/** A write that was checked against the rows as they are, and not done yet: all lookups in it are resolved. */
export type Plan =
  | ({ readonly kind: "create" } & NewRow)
  | {
      readonly kind: "update";
      readonly table: Table;
      readonly row: Row;
      readonly sent: readonly Assignment[];
      /** Columns left out lose their value: an upsert of an elastic table. */
      readonly replace: boolean;
    };

export function create(session: Session, transaction: Transaction, table: Table, body: JsonObject): Row {
  return perform(session, transaction, planCreate(session, table, body)).row;
}

/** PATCH: updates the row, or creates it where the conditions allow. */
export function upsert(
  session: Session,
  transaction: Transaction,
  address: RowAddress,
  wish: { body: JsonObject; condition: Condition },
): Written {
  return perform(session, transaction, planUpsert(session, address, wish));
}

export function planCreate(session: Session, table: Table, body: JsonObject): Plan {
  return { kind: "create", table, assignments: readAssignments(session, table, body, "create"), named: [] };
}

export function planUpsert(
  session: Session,
  address: RowAddress,
  { body, condition }: { body: JsonObject; condition: Condition },
): Plan {
  const { table } = address;
  const keyColumns = address.kind === "key" ? address.key.columns : [];
  const row = findRow(session, address);
  if (row === undefined) {
    if (condition.ifMatch !== undefined) {
      throw missing(address);
    }
    const sent = readAssignments(session, table, body, "create");
    return { kind: "create", table, assignments: [...addressed(address, sent), ...sent], named: keyColumns };
  }
  if (condition.ifNoneMatch === "*") {
    throw duplicateRow();
  }
  checkVersion(row, condition);
  const sent = readAssignments(session, table, body, "update").filter(({ column }) => !keyColumns.includes(column));
  const replace = table.kind === "elastic" && condition.ifMatch === undefined;
  return { kind: "update", table, row, sent, replace };
}

export function perform(session: Session, transaction: Transaction, plan: Plan): Written {
  return plan.kind === "create"
    ? { row: insert(session, transaction, plan), created: true }
    : { row: update(session, transaction, plan), created: false };
}

export function remove(session: Session, transaction: Transaction, address: RowAddress, condition: Condition): void {
  const row = findRow(session, address);
  if (row === undefined) {
    throw missing(address);
  }
  checkVersion(row, condition);
  transaction.remove(address.table, row);
}

/** The row at an address. Throws the service's 404. */
export function requireRow(session: Session, address: RowAddress): Row {
  const row = findRow(session, address);
  if (row === undefined) {
    throw missing(address);
  }
  return row;
}

export function findRow(session: Session, address: RowAddress): Row | undefined {
  const rows = session.store.rows(address.table);
  return address.kind === "id" ? rows.get(address.id) : rows.find(address.key, address.parts);
}

export function missing(address: RowAddress): ServiceError {
  return address.kind === "id" ? missingRow(address.table.name, address.id) : missingByKey(address.table.name);
}

function checkVersion(row: Row, { ifMatch }: Condition): void {
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== etag(row)) {
    throw new ServiceError(
      412,
      codes.version,
      "The version of the existing record doesn't match the RowVersion property provided.",
    );
  }
}

/** What the URL says of a new row, where the body does not say otherwise. */
function addressed(address: RowAddress, sent: readonly Assignment[]): Assignment[] {
  if (address.kind === "id") {
    return [{ column: address.table.primaryId, value: address.id }];
  }
  const inBody = new Set(sent.map(({ column }) => column));
  return address.key.columns.flatMap((column, index) =>
    inBody.has(column) ? [] : [{ column, value: address.parts[index] ?? null }],
  );
}

interface NewRow {
  readonly table: Table;
  readonly assignments: readonly Assignment[];
  /** Columns by which the URL named the row. */
  readonly named: readonly Column[];
}

function insert(session: Session, transaction: Transaction, { table, assignments, named }: NewRow): Row {
  const values: Stored[] = new Array<Stored>(table.columns.length).fill(null);
  for (const { column, value } of assignments) {
    values[column.ordinal] = value;
  }
  const given = values[table.primaryId.ordinal];
  const id = typeof given === "string" ? given : session.chance.guid();
  values[table.primaryId.ordinal] = id;
  checkState(table, values, assignments);
  stamp(session, table, values, "create");
  checkRequired(table, values);
  // The primary key names the row; its effect carries the rest.
  const sent = assignments.filter(({ column }) => column !== table.primaryId);
  return transaction.create(table, { id, values }, sent, named);
}

function update(
  session: Session,
  transaction: Transaction,
  { table, row, sent, replace }: Extract<Plan, { kind: "update" }>,
): Row {
  const values = replace ? emptied(table, row) : [...row.values];
  for (const { column, value } of sent) {
    values[column.ordinal] = value;
  }
  checkState(table, values, sent);
  stamp(session, table, values, "update");
  checkRequired(table, values);
  return transaction.update(table, row, values, sent);
}

/** What is left of an elastic row when an upsert takes its place: its identity and what the service itself keeps. */
function emptied(table: Table, row: Row): Stored[] {
  const values = [...row.values];
  for (const { updatable, type, kind, ordinal } of table.columns) {
    if (updatable && type !== "state" && type !== "status" && kind !== "owner") {
      values[ordinal] = null;
    }
  }
  return values;
}

function stamp(session: Session, table: Table, values: Stored[], operation: "create" | "update"): void {
  const user = { table: "systemuser", id: session.userId };
  const set = (name: string, value: Stored): void => {
    const column = table.byName.get(name);
    if (column !== undefined) {
      values[column.ordinal] = value;
    }
  };
  const get = (name: string): Stored => values[table.byName.get(name)?.ordinal ?? -1] ?? null;
  set("modifiedon", session.now);
  set("modifiedby", user);
  if (operation === "create") {
    set("createdon", get("overriddencreatedon") ?? session.now);
    set("createdby", user);
    if (get("ownerid") === null) {
      set("ownerid", user);
    }
  }
}

function checkRequired(table: Table, values: readonly Stored[]): void {
  const empty = table.required.find((column) => (values[column.ordinal] ?? null) === null);
  if (empty !== undefined) {
    throw new ServiceError(400, codes.required, `Required field '${empty.name}' is missing`);
  }
}
