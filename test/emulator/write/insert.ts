/** New rows, with the rows that they point to before them and the rows that point to them after. */
import { noteExpiry } from "../elastic/expiry.ts";
import { placeRow } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Assignment, Transaction } from "../rows/transaction.ts";
import { settleAttachment } from "./attachment.ts";
import { giveNumbers } from "./autonumber.ts";
import { checkRow } from "./check.ts";
import { fillNew } from "./fill.ts";
import type { Side } from "./links.ts";
import { link } from "./links.ts";
import { settleMoney } from "./money.ts";
import type { NewMembers, NewRow } from "./plan.ts";
import { checkState } from "./state.ts";
import { traitsOf } from "./traits.ts";

export function insert(session: Session, transaction: Transaction, plan: NewRow): Row {
  const whole =
    plan.related.length === 0
      ? plan
      : { ...plan, assignments: [...plan.assignments, ...insertRelated(session, transaction, plan)] };
  const row = insertAlone(session, transaction, whole);
  for (const members of plan.members) {
    insertMembers(session, transaction, { plan, row }, members);
  }
  return row;
}

function insertRelated(session: Session, transaction: Transaction, { related }: NewRow): Assignment[] {
  return related.map(({ column, row }) => ({
    column,
    value: { table: row.table.name, id: insert(session, transaction, row).id },
  }));
}

function insertAlone(session: Session, transaction: Transaction, { table, assignments, named }: NewRow): Row {
  const { template, autoNumbers } = traitsOf(table);
  const values = [...template];
  for (const { column, value } of assignments) {
    values[column.ordinal] = value;
  }
  const given = values[table.primaryId.ordinal];
  const id = typeof given === "string" ? given : session.chance.guid();
  values[table.primaryId.ordinal] = id;
  // The primary key names the row; its effect carries the rest.
  const sent = assignments.filter(({ column }) => column !== table.primaryId);
  giveNumbers(session, table, autoNumbers, values);
  checkState(table, values, sent, id);
  settleMoney(session, table, values, sent);
  settleAttachment(table, values, sent);
  fillNew(session, table, values);
  checkRow(session, { table, id, values, sent });
  noteExpiry(session, table, values);
  return transaction.create(table, { id: placeRow(table, values, id), values }, sent, named);
}

function insertMembers(
  session: Session,
  transaction: Transaction,
  { plan: { table }, row }: { readonly plan: NewRow; readonly row: Row },
  { collection, bound, nested }: NewMembers,
): void {
  const side = { table, row, collection };
  for (const reference of bound) {
    link(session, transaction, side, reference);
  }
  for (const member of nested) {
    insertMember(session, transaction, side, member);
  }
}

/** A new row in the collection of another. */
export function insertMember(session: Session, transaction: Transaction, side: Side, member: NewRow): Row {
  const { table, row, collection } = side;
  if (collection.kind === "manyToMany") {
    const created = insert(session, transaction, member);
    link(session, transaction, side, { table: member.table.name, id: created.id });
    return created;
  }
  const column = member.table.byName.get(collection.column);
  const back = column === undefined ? [] : [{ column, value: { table: table.name, id: row.id } }];
  return insert(session, transaction, { ...member, assignments: [...member.assignments, ...back] });
}
