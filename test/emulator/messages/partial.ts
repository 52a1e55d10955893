/** Bulk messages on elastic tables: every target stands alone. If some fail the whole message fails, and the others are written all the same. */
import { idOf } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { canonicalGuid } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { JsonObject } from "../wire/json-value.ts";
import { findRow, missing, perform, planCreate, planUpsert, remove } from "../write/row.ts";
import { nameOf } from "./bulk.ts";
import type { BulkMessage } from "./bulk-message.ts";
import { aimOf } from "./targets.ts";

const unconditional = { ifMatch: undefined, ifNoneMatch: undefined };
const mustExist = { ifMatch: "*", ifNoneMatch: undefined };

interface Failure {
  /** Place among the targets, from 0. */
  readonly RequestIndex: number;
  readonly Id: string;
  readonly StatusCode: number;
}

/** The ids of the rows, in order. Throws after all targets were tried, if one of them failed. */
export function partialMultiple(
  session: Session,
  call: Call,
  table: Table,
  { message, targets }: { readonly message: BulkMessage; readonly targets: readonly JsonObject[] },
): string[] {
  const failures: Failure[] = [];
  const ids: string[] = [];
  const write = writerOf(session, call, table, message);
  for (const [index, target] of targets.entries()) {
    try {
      ids.push(write(target));
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      failures.push({ RequestIndex: index, Id: givenId(session, table, target), StatusCode: statusOf(error) });
    }
  }
  if (failures.length > 0) {
    throw new ServiceError(
      400,
      codes.unexpected,
      `${message} failed for ${failures.length} of ${targets.length} entities.`,
      () => ({
        "Plugin.BulkApiErrorDetails":
          session.settings.bulkErrorDetails === "string" ? JSON.stringify(failures) : failures,
      }),
    );
  }
  return ids;
}

/** Writes one target and gives its id. */
function writerOf(session: Session, call: Call, table: Table, message: BulkMessage): (target: JsonObject) => string {
  const { transaction } = call;
  const seen = new Set<string>();
  switch (message) {
    case "CreateMultiple":
      return (target) => idOf(perform(session, transaction, planCreate(session, table, target)).row.id);
    case "UpdateMultiple":
      return (body) => {
        const { address } = aimOf(session, table, body);
        const row = findRow(session, address);
        if (row === undefined) {
          throw missing(address);
        }
        if (!seen.has(row.id)) {
          seen.add(row.id);
          perform(session, transaction, planUpsert(session, address, { body, condition: mustExist }));
        }
        return idOf(row.id);
      };
    case "UpsertMultiple":
      return (body) => {
        const { address } = aimOf(session, table, body);
        const name = nameOf(session, address);
        if (seen.has(name)) {
          throw new ServiceError(409, codes.duplicate, "Cannot insert duplicate key.");
        }
        seen.add(name);
        return idOf(
          perform(session, transaction, planUpsert(session, address, { body, condition: unconditional })).row.id,
        );
      };
    case "DeleteMultiple":
      return (target) => {
        const { address } = aimOf(session, table, target);
        remove(session, transaction, address, unconditional);
        return "";
      };
  }
}

/** As the elastic store puts it: a row that is there already is a conflict. */
function statusOf(error: ServiceError): number {
  return error.status === 412 ? 409 : error.status;
}

/** Of a target that got no further than its refusal; one without an id is given the one that it would have had. */
function givenId(session: Session, table: Table, target: JsonObject): string {
  const id = target.get(table.primaryId.name);
  const uri = target.get("@odata.id");
  const [found = ""] =
    /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(typeof id === "string" ? id : String(uri)) ?? [];
  return canonicalGuid(found) ?? session.chance.guid();
}
