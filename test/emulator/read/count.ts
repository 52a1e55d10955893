/** `accounts/$count`: how many rows there are, in plain text and capped as the service does. */
import type { Session } from "../environment.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed } from "../wire/reply.ts";
import { countChanges } from "./changes.ts";
import { countRowsOf } from "./list.ts";
import { readListQuery } from "./list-query.ts";
import { countMax } from "./paging.ts";
import type { Source } from "./source.ts";
import { tableSource } from "./source.ts";

export function countRows(session: Session, call: Call, table: Table): PartReply {
  if (call.part.method !== "GET") {
    throw notAllowed(call.part.method);
  }
  const token = call.query.get("$deltatoken");
  return token === undefined
    ? countReply(session, call, (filter) => tableSource(session, table, filter), table)
    : plainText(countChanges(session, call, table, token));
}

/** The count of what a source holds and the request filters. */
export function countReply(
  session: Session,
  call: Call,
  source: (filter: ReturnType<typeof readListQuery>["filter"]) => Source,
  table: Table,
): PartReply {
  const query = readListQuery(session, table, call.query);
  return plainText(countRowsOf(source(query.filter), query, countMax));
}

function plainText(count: number): PartReply {
  const body = String(Math.min(count, countMax));
  return { status: 200, headers: { "Content-Type": "text/plain", "OData-Version": "4.0" }, body };
}
