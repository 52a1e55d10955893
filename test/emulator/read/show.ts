/** GET of rows: from the request to the answer. */
import { etag } from "../elastic/etag.ts";
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import { jsonType } from "../wire/reply.ts";
import { findRow, missing } from "../write/row.ts";
import { annotationsOf } from "./annotations.ts";
import { asksForChanges, listChanges } from "./changes.ts";
import { fetchRows } from "./fetch/reply.ts";
import { readListQuery, readRowQuery, shownOf } from "./list-query.ts";
import { includeApplied, listReply, pageSizeOf, withApplied } from "./list-reply.ts";
import { renderRow } from "./render.ts";
import type { Projection } from "./shape.ts";
import { tableSource } from "./source.ts";
import { queryRows } from "./sql/reply.ts";

export function listRows(session: Session, call: Call, table: Table): PartReply {
  const fetchXml = call.query.get("fetchXml");
  if (fetchXml !== undefined) {
    return fetchRows(session, call, table, fetchXml);
  }
  const sql = call.query.get("sql");
  if (sql !== undefined) {
    return queryRows(session, call, table, sql);
  }
  if (asksForChanges(call)) {
    return listChanges(session, call, table);
  }
  const query = readListQuery(session, table, call.query);
  return listReply(session, call, tableSource(session, table, query.filter), { query });
}

export function showRow(session: Session, call: Call, address: RowAddress): PartReply {
  const projection = readRowQuery(session, address.table, call.query);
  return rowReply(session, call, { table: address.table, row: seenRow(session, call, address), projection });
}

/** Of an elastic table, what a copy that lags behind shows. Throws the service's 404. */
function seenRow(session: Session, call: Call, address: RowAddress): Row {
  const newest = findRow(session, address);
  const id = newest?.id ?? (address.kind === "id" ? address.id : undefined);
  if (id === undefined) {
    throw missing(address);
  }
  const reading = { now: session.origin.time, token: call.part.headers["mscrm.sessiontoken"] };
  const row = session.store.replica.seen(address.table, id, newest, reading);
  if (row === undefined) {
    throw missing(address);
  }
  return row;
}

/** One row, or 304 for a client that has it already. */
export function rowReply(
  session: Session,
  call: Call,
  { table, row, projection }: { readonly table: Table; readonly row: Row; readonly projection: Projection },
): PartReply {
  const annotations = annotationsOf(call);
  const known = call.part.headers["if-none-match"];
  if (known === etag(table, row) && projection.expansions.length === 0 && annotations.asked === undefined) {
    return { status: 304, headers: { "OData-Version": "4.0", ETag: known }, body: "" };
  }
  const reading = { session, annotations, pageSize: pageSizeOf(call).size };
  const headers = { "Content-Type": jsonType, "OData-Version": "4.0", ETag: etag(table, row) };
  const body = renderRow(reading, table, row, projection);
  return withApplied({ status: 200, headers, body }, [includeApplied(annotations)]);
}

/** The row that a write leaves behind, with what the request selects and expands. */
export function representation(session: Session, call: Call, table: Table, row: Row): PartReply {
  const { "if-none-match": _, ...headers } = call.part.headers;
  const asked = { ...call, part: { ...call.part, headers } };
  return rowReply(session, asked, { table, row, projection: shownOf(session, table, call.query) });
}
