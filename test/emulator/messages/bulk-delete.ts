/** BulkDelete: a system job that deletes what queries find. Here it has done its work by the time of the answer. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { addSeedRow } from "../rows/seed-row.ts";
import { Transaction } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import { codes, payloadError, ServiceError } from "../wire/errors.ts";
import type { Json, JsonObject } from "../wire/json-value.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import { removeRow } from "../write/deletion.ts";
import { readQueryExpression } from "./query-expression.ts";

const needed = [
  "QuerySet",
  "JobName",
  "SendEmailNotification",
  "ToRecipients",
  "CCRecipients",
  "RecurrencePattern",
  "StartDateTime",
];
const possible: ReadonlySet<string> = new Set([...needed, "SourceImportId", "RunNow"]);

export function bulkDelete(session: Session, parameters: JsonObject): PartReply {
  checkParameters(parameters);
  const given: Json = parameters.get("QuerySet") ?? null;
  if (!Array.isArray(given) || given.length === 0) {
    throw new ServiceError(400, codes.argument, "QuerySet must be a list of queries.");
  }
  const queries = (given as readonly Json[]).map((query) => readQueryExpression(session, query));
  let failed = 0;
  for (const { table, matches } of queries) {
    const rows = [...session.store.rows(table).all()].filter(matches);
    session.ledger.reserve(rows.length);
    failed += rows.filter((row) => !deleteAlone(session, table, row)).length;
  }
  const id = recordJob(session, String(parameters.get("JobName")), failed);
  const context = `${session.settings.url}${serviceRoot}$metadata#Microsoft.Dynamics.CRM.BulkDeleteResponse`;
  return ok(JSON.stringify({ "@odata.context": context, JobId: id }));
}

function checkParameters(parameters: JsonObject): void {
  const missing = needed.filter((name) => !parameters.has(name));
  if (missing.length > 0) {
    throw payloadError(
      "",
      `Microsoft.OData.ODataException: One or more parameters of the operation 'BulkDelete' are missing from the request payload. The missing parameters are: ${missing.join(",")}.`,
    );
  }
  const unknown = [...parameters.keys()].find((name) => !possible.has(name) && !name.startsWith("@"));
  if (unknown !== undefined) {
    throw payloadError(
      "",
      `Microsoft.OData.ODataException: The parameter '${unknown}' in the request payload is not a valid parameter for the operation 'BulkDelete'.`,
    );
  }
}

/** Every row is deleted by itself: one that cannot be does not hold up the others. */
function deleteAlone(session: Session, table: Table, { id }: Row): boolean {
  const transaction = new Transaction(session.store, session.ledger, session.origin, session.settings.keepValues);
  const row = session.store.rows(table).get(id);
  if (row === undefined) {
    return true;
  }
  try {
    removeRow(session, transaction, table, row);
    transaction.commit();
    return true;
  } catch (error) {
    transaction.rollback();
    if (error instanceof ServiceError) {
      return false;
    }
    throw error;
  }
}

/** The completed job, which clients read as `asyncoperations(<id>)`. */
function recordJob(session: Session, name: string, failed: number): string {
  const id = session.chance.guid();
  const values = {
    name: name.slice(0, 256),
    operationtype: 13,
    messagename: "BulkDelete",
    startedon: session.now,
    completedon: session.now,
    statecode: 3,
    statuscode: failed === 0 ? 30 : 31,
    friendlymessage: failed === 0 ? null : `${failed} rows could not be deleted.`,
  };
  addSeedRow(session.catalog, session.store, { table: "asyncoperation", id, values }, session.now);
  return id;
}
