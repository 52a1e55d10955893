/** What a row must satisfy as a whole before it is stored. Uniqueness is the store's matter. */
import type { Session } from "../environment.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { AlternateKey, Column, Refusal, Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { refuseDuplicates } from "./duplicates.ts";
import type { Candidate } from "./plan.ts";
import { traitsOf } from "./traits.ts";

/** Throws the service's refusal. */
export function checkRow(session: Session, candidate: Candidate): void {
  const { table, values, sent } = candidate;
  checkRequired(table, values);
  checkOwner(session, table, sent);
  checkParty(table, values);
  for (const key of traitsOf(table).longKeys) {
    checkKeySize(key, values);
  }
  if (table.refusals.length > 0 && session.bypassPlugins !== true) {
    checkRefusals(table.refusals, sent);
  }
  if (session.detectDuplicates === true) {
    refuseDuplicates(session, candidate);
  }
}

function checkRequired(table: Table, values: readonly Stored[]): void {
  const empty = table.required.find((column) => (values[column.ordinal] ?? null) === null);
  if (empty !== undefined) {
    throw empty === traitsOf(table).owner
      ? new ServiceError(400, codes.owner, "The owner ID is invalid or missing.")
      : new ServiceError(400, codes.required, `Required field '${empty.name}' is missing`);
  }
}

function checkOwner(session: Session, table: Table, sent: readonly Assignment[]): void {
  const { owner } = traitsOf(table);
  const chosen = owner === undefined ? undefined : sent.find(({ column }) => column === owner);
  if (chosen === undefined) {
    return;
  }
  const { value } = chosen;
  if (typeof value !== "object" || value === null) {
    throw new ServiceError(400, codes.owner, "The owner ID is invalid or missing.");
  }
  const users = session.catalog.find(value.table);
  const disabled = users?.byName.get("isdisabled");
  if (users !== undefined && disabled !== undefined) {
    if (session.store.rows(users).get(value.id)?.values[disabled.ordinal] === true) {
      throw new ServiceError(400, codes.ownerDisabled, "The specified owner has been disabled.");
    }
  }
}

/** Whom an activity concerns is a row, or an address that belongs to none. */
function checkParty(table: Table, values: readonly Stored[]): void {
  if (table.name !== "activityparty") {
    return;
  }
  const named = ["partyid", "addressused"].some(
    (name) => (values[table.byName.get(name)?.ordinal ?? -1] ?? null) !== null,
  );
  if (!named) {
    throw new ServiceError(400, codes.argument, "An activity party must have a partyid or an addressused.");
  }
}

/** An index takes no more. */
const keyBytesMax = 900;

function checkKeySize(key: AlternateKey, values: readonly Stored[]): void {
  const bytes = key.columns.reduce((sum, column) => sum + byteLength(column, values[column.ordinal] ?? null), 0);
  if (bytes > keyBytesMax) {
    throw new ServiceError(
      400,
      codes.keySize,
      `Index size exceeded the size limit of ${keyBytesMax} bytes. The key is too large. Try removing some columns or making the strings in string columns shorter.`,
    );
  }
}

/** As the database keeps it: two bytes for a UTF-16 unit. */
function byteLength({ type }: Column, value: Stored): number {
  if (value === null) {
    return 0;
  }
  switch (type) {
    case "text":
      return 2 * String(value).length;
    case "lookup":
    case "guid":
      return 16;
    case "decimal":
    case "money":
      return 13;
    case "integer":
    case "choice":
      return 4;
    default:
      return 8;
  }
}

function checkRefusals(refusals: readonly Refusal[], sent: readonly Assignment[]): void {
  for (const { column, equals, code, message } of refusals) {
    const assigned = sent.find((assignment) => assignment.column === column);
    if (assigned !== undefined && plainText(assigned.value) === equals) {
      throw new ServiceError(400, code, message);
    }
  }
}

function plainText(value: Stored): string {
  return typeof value === "object" && value !== null ? value.id : String(value).toLowerCase();
}
