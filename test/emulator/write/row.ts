/** Create, update, upsert and delete by the service's rules. */
import { inPartitionOfBody } from "../elastic/address.ts";
import { etag } from "../elastic/etag.ts";
import { identityAssignments, idOf } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Assignment, Transaction } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import { codes, deepUpdate, duplicateRow, missingByKey, missingRow, ServiceError } from "../wire/errors.ts";
import type { JsonObject } from "../wire/json-value.ts";
import type { Condition } from "./condition.ts";
import { removeRow } from "./deletion.ts";
import { insert } from "./insert.ts";
import { readPayload } from "./payload.ts";
import type { NewRow, Plan } from "./plan.ts";
import { planNew } from "./plan.ts";
import { update } from "./update.ts";

export type { Condition } from "./condition.ts";
export type { Plan } from "./plan.ts";

export interface Written {
  readonly row: Row;
  readonly created: boolean;
}

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
  refuseIntersect(table, "Create");
  return { kind: "create", ...planNew(session, table, body) };
}

export function planUpsert(
  session: Session,
  given: RowAddress,
  { body, condition }: { body: JsonObject; condition: Condition },
): Plan {
  const { table } = given;
  const address = inPartitionOfBody(given, body);
  refuseIntersect(table, "Update");
  const keyColumns = address.kind === "key" ? address.key.columns : [];
  const row = findRow(session, address);
  if (row === undefined) {
    if (condition.ifMatch !== undefined) {
      throw missing(address);
    }
    const plan = planNew(session, table, body);
    refuseDeepUpsert(plan);
    return {
      kind: "create",
      ...plan,
      assignments: [...addressed(address, plan.assignments), ...plan.assignments],
      named: keyColumns,
    };
  }
  checkConditions(table, row, condition);
  const { assignments } = readPayload({ session, table, operation: "update" }, body);
  const sent = assignments.filter(({ column }) => !keyColumns.includes(column));
  return { kind: "update", table, row, sent, replace: table.kind === "elastic" && condition.ifMatch === undefined };
}

export function perform(session: Session, transaction: Transaction, plan: Plan): Written {
  return plan.kind === "create"
    ? { row: insert(session, transaction, plan), created: true }
    : { row: update(session, transaction, plan), created: false };
}

export function remove(session: Session, transaction: Transaction, address: RowAddress, condition: Condition): void {
  refuseIntersect(address.table, "Delete");
  const row = requireRow(session, address);
  checkConditions(address.table, row, condition);
  removeRow(session, transaction, address.table, row);
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
  return address.kind === "id" ? missingRow(address.table.name, idOf(address.id)) : missingByKey(address.table.name);
}

/** Of a row that is there. Throws the service's 412. */
export function checkConditions(table: Table, row: Row, { ifMatch, ifNoneMatch }: Condition): void {
  if (ifNoneMatch === "*") {
    throw duplicateRow();
  }
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== etag(table, row)) {
    throw new ServiceError(
      412,
      codes.version,
      "The version of the existing record doesn't match the RowVersion property provided.",
    );
  }
}

/** What the URL says of a new row, where the body does not say otherwise. Throws for a body that gives the row another id than the URL. */
function addressed(address: RowAddress, sent: readonly Assignment[]): Assignment[] {
  if (address.kind === "id") {
    const { primaryId } = address.table;
    if (sent.some(({ column, value }) => column === primaryId && value !== idOf(address.id))) {
      throw new ServiceError(400, codes.argument, `The id in the URL and '${primaryId.name}' in the body differ.`);
    }
    return [...identityAssignments(address.table, address.id)];
  }
  return address.key.columns.flatMap((column, index) =>
    sent.some((assignment) => assignment.column === column) ? [] : [{ column, value: address.parts[index] ?? null }],
  );
}

/** Rows within rows come with a POST alone: of a PATCH nobody knows beforehand whether it will update. */
function refuseDeepUpsert({ related, members }: NewRow): void {
  if (related.length > 0 || members.some(({ nested }) => nested.length > 0)) {
    throw deepUpdate();
  }
}

/** Links are made by association only. */
function refuseIntersect(table: Table, message: string): void {
  if (table.kind === "intersect") {
    throw new ServiceError(
      400,
      codes.unsupportedMessage,
      `The '${message}' method does not support entities of type '${table.name}'.`,
    );
  }
}
