/** `accounts/$count`: how many rows there are, in plain text and capped as the service does. */
import type { Session } from "../environment.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed } from "../wire/reply.ts";
import { countMatching } from "./list.ts";

/** The service counts no further. */
export const countMax = 5000;

export function countRows(session: Session, { part, query }: Call, table: Table): PartReply {
  if (part.method !== "GET") {
    throw notAllowed(part.method);
  }
  const body = String(Math.min(countMax, countMatching(session, table, query)));
  return { status: 200, headers: { "Content-Type": "text/plain", "OData-Version": "4.0" }, body };
}
