/** GET of rows: from the request to the answer. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/store.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { preferences } from "../wire/http.ts";
import type { PartReply } from "../wire/reply.ts";
import { jsonType, ok } from "../wire/reply.ts";
import { etag, requireRow } from "../write/row.ts";
import { checkQuery, readRows } from "./list.ts";
import { renderRow, selectColumns } from "./render.ts";

export function listRows(session: Session, { part, query }: Call, table: Table): PartReply {
  const { body, applied } = readRows(session, table, query, part.headers["prefer"]);
  const reply = ok(body);
  return applied === undefined ? reply : { ...reply, headers: { ...reply.headers, "Preference-Applied": applied } };
}

export function showRow(session: Session, call: Call, address: RowAddress): PartReply {
  checkQuery(call.query);
  return representation(session, call, address.table, requireRow(session, address));
}

/** One row with the columns that the request selects. */
export function representation(session: Session, { part, query }: Call, table: Table, row: Row): PartReply {
  const wishes = preferences(part.headers["prefer"]);
  const annotate = /\*|lookuplogicalname/.test(wishes.get("odata.include-annotations") ?? "");
  const body = renderRow(session.settings, table, row, {
    columns: selectColumns(table, query.get("$select")),
    annotate,
  });
  return { status: 200, headers: { "Content-Type": jsonType, "OData-Version": "4.0", ETag: etag(row) }, body };
}
