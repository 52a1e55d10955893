/** CreateMultiple, UpdateMultiple and UpsertMultiple on standard tables: all of the targets, or none. */
import type { Session } from "../environment.ts";
import { keyPart } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { codes, missingByKey, missingRows, ServiceError } from "../wire/errors.ts";
import type { JsonObject } from "../wire/json-value.ts";
import type { Plan } from "../write/plan.ts";
import { findRow, perform, planCreate, planUpsert } from "../write/row.ts";
import type { Aim } from "./targets.ts";
import { aimOf } from "./targets.ts";

const unconditional = { ifMatch: undefined, ifNoneMatch: undefined };
const mustExist = { ifMatch: "*", ifNoneMatch: undefined };

/**
 * The ids of the new rows, in order. Everything is checked against the rows as they were before the message: targets
 * cannot refer to each other.
 */
export function createMultiple(session: Session, call: Call, table: Table, targets: readonly JsonObject[]): string[] {
  const plans = reaching(session, targets, (target) => planCreate(session, table, target));
  return reaching(session, plans, (plan) => insertOne(session, call, plan));
}

/** Counts along, since a message that fails may cost only what it did. */
function reaching<T, R>(session: Session, items: readonly T[], each: (item: T) => R): R[] {
  return items.map((item, index) => {
    session.reached.targets = index + 1;
    return each(item);
  });
}

function insertOne(session: Session, call: Call, plan: Plan): string {
  try {
    return perform(session, call.transaction, plan).row.id;
  } catch (error) {
    if (error instanceof ServiceError && (error.code === codes.duplicate || error.code === codes.duplicateKey)) {
      throw new ServiceError(412, codes.duplicate, "Cannot insert duplicate key.");
    }
    throw error;
  }
}

/** Of targets that mean the same row only the first is applied, the others are passed over in silence. */
export function updateMultiple(session: Session, call: Call, table: Table, targets: readonly JsonObject[]): void {
  const found = new Map<string, { readonly address: RowAddress; readonly body: JsonObject }>();
  const missing: string[] = [];
  for (const body of targets) {
    const { address } = aimOf(session, table, body);
    const row = findRow(session, address);
    if (row !== undefined) {
      if (!found.has(row.id)) {
        found.set(row.id, { address, body });
      }
    } else if (address.kind === "id") {
      missing.push(address.id);
    } else {
      throw missingByKey(table.name);
    }
  }
  if (missing.length > 0) {
    throw missingRows(table.name, missing);
  }
  const plans = reaching(session, [...found.values()], ({ address, body }) =>
    planUpsert(session, address, { body, condition: mustExist }),
  );
  reaching(session, plans, (plan) => perform(session, call.transaction, plan));
}

/** Targets that mean the same row are refused. */
export function upsertMultiple(session: Session, call: Call, table: Table, targets: readonly JsonObject[]): void {
  const seen = new Set<string>();
  const plans = reaching(session, targets, (body) => {
    const aim = aimOf(session, table, body);
    const name = nameOf(session, aim.address);
    if (seen.has(name)) {
      throw duplicateTarget(session);
    }
    seen.add(name);
    return planOf(session, aim, body);
  });
  reaching(session, plans, (plan) => perform(session, call.transaction, plan));
}

function planOf(session: Session, { address, keyInBody }: Aim, body: JsonObject): Plan {
  const plan = planUpsert(session, address, { body, condition: unconditional });
  if (keyInBody && plan.kind === "create") {
    throw new ServiceError(400, codes.unexpected, "An unexpected error occurred.");
  }
  return plan;
}

/** The same for every address of the same row, and for equal addresses of a row that is not there yet. */
export function nameOf(session: Session, address: RowAddress): string {
  const row = findRow(session, address);
  if (row !== undefined) {
    return row.id;
  }
  return address.kind === "id" ? address.id : [address.key.name, ...address.parts.map(keyPart)].join("\u0000");
}

function duplicateTarget(session: Session): ServiceError {
  return session.settings.duplicateUpsertStatus === 412
    ? new ServiceError(412, codes.duplicate, "Cannot insert duplicate key.")
    : new ServiceError(400, codes.argument, "Two entities in the Targets of UpsertMultiple have the same key.");
}
