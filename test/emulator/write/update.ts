/** Changes to a row: the columns that were sent, and what the service makes of them. */
import { noteExpiry } from "../elastic/expiry.ts";
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import { missingRow } from "../wire/errors.ts";
import { settleAttachment } from "./attachment.ts";
import { checkRow } from "./check.ts";
import { fillChange } from "./fill.ts";
import { settleMoney } from "./money.ts";
import type { Change } from "./plan.ts";
import { checkState } from "./state.ts";

export function update(session: Session, transaction: Transaction, change: Change): Row {
  const { table, replace } = change;
  // Another write of the same request may have come before.
  const row = session.store.rows(table).get(change.row.id);
  if (row === undefined) {
    throw missingRow(table.name, change.row.id);
  }
  const sent = [...change.sent];
  const values = replace ? emptied(table, row) : [...row.values];
  for (const { column, value } of sent) {
    values[column.ordinal] = value;
  }
  checkState(table, values, sent, row.id);
  settleMoney(session, table, values, sent);
  settleAttachment(table, values, sent);
  fillChange(session, table, values, sent);
  checkRow(session, { table, id: row.id, values, sent });
  noteExpiry(session, table, values);
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
