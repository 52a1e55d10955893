/** What the service itself writes into a row: who and when, the owner's unit, names made of others. */
import type { Session } from "../environment.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Reference, Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import type { Traits } from "./traits.ts";
import { traitsOf } from "./traits.ts";

export function fillNew(session: Session, table: Table, values: Stored[]): void {
  const traits = traitsOf(table);
  const user = userOf(session.userId);
  const given = traits.overriddenCreatedOn === undefined ? null : values[traits.overriddenCreatedOn.ordinal];
  set(values, traits.createdOn, given ?? session.now);
  set(values, traits.createdBy, user);
  set(values, traits.createdOnBehalfBy, session.callerId === undefined ? null : userOf(session.callerId));
  fillChanged(session, traits, values, user);
  if (traits.owner !== undefined) {
    values[traits.owner.ordinal] ??= user;
    fillOwning(session, traits, values);
  }
  fillName(traits, values);
}

export function fillChange(session: Session, table: Table, values: Stored[], sent: readonly Assignment[]): void {
  const traits = traitsOf(table);
  fillChanged(session, traits, values, userOf(session.userId));
  if (traits.owner !== undefined && sent.some(({ column }) => column === traits.owner)) {
    fillOwning(session, traits, values);
  }
  fillName(traits, values);
}

function fillChanged(session: Session, traits: Traits, values: Stored[], user: Reference): void {
  set(values, traits.modifiedOn, session.now);
  set(values, traits.modifiedBy, user);
  set(values, traits.modifiedOnBehalfBy, session.callerId === undefined ? null : userOf(session.callerId));
}

function fillOwning(session: Session, traits: Traits, values: Stored[]): void {
  const owner = values[traits.owner?.ordinal ?? -1] ?? null;
  if (typeof owner !== "object" || owner === null) {
    return;
  }
  set(values, traits.owningUser, owner.table === "systemuser" ? owner : null);
  set(values, traits.owningTeam, owner.table === "team" ? owner : null);
  set(values, traits.owningBusinessUnit, unitOf(session, owner));
}

function unitOf(session: Session, owner: Reference): Stored {
  const table = session.catalog.find(owner.table);
  const column = table?.byName.get("businessunitid");
  if (table === undefined || column === undefined) {
    return null;
  }
  return session.store.rows(table).get(owner.id)?.values[column.ordinal] ?? null;
}

let lastUser: Reference = { table: "systemuser", id: "" };

function fillName({ fullName }: Traits, values: Stored[]): void {
  if (fullName !== undefined) {
    const name = fullName.parts.flatMap(({ ordinal }) => values[ordinal] ?? []).join(" ");
    values[fullName.whole.ordinal] = name === "" ? null : name.slice(0, fullName.whole.maxLength);
  }
}

/** The same for all rows of a request. */
function userOf(id: string): Reference {
  if (lastUser.id !== id) {
    lastUser = { table: "systemuser", id };
  }
  return lastUser;
}

function set(values: Stored[], column: Column | undefined, value: Stored): void {
  if (column !== undefined) {
    values[column.ordinal] = value;
  }
}
