/** `accounts?sql=SELECT …`: from the request to the answer. */
import type { Session } from "../../environment.ts";
import type { Table } from "../../schema/types.ts";
import type { Call } from "../../wire/call.ts";
import type { PartReply } from "../../wire/reply.ts";
import { answerFetch } from "../fetch/reply.ts";
import { pagingCookie, readSkipToken } from "../paging.ts";
import { parseSelect } from "./parse.ts";
import { queryOf } from "./query.ts";

/** Throws the service's 400. */
export function queryRows(session: Session, call: Call, table: Table, sql: string): PartReply {
  const query = queryOf(session.catalog, parseSelect(sql));
  const token = call.query.get("$skiptoken");
  if (token === undefined) {
    return answerFetch(session, call, table, query);
  }
  const cookie = readSkipToken(token);
  return answerFetch(session, call, table, { ...query, page: cookie.page, cookie: pagingCookie(table, cookie) });
}
