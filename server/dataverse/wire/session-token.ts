/**
 * Session tokens: what a write to an elastic table answers with, and what a read must repeat to see at least that write. Without one
 * a read may show any earlier state of the row, for a while.
 */
import type { PartReply } from "./batch-reply.ts";

/** It goes back as a header line, which nothing but what is printed may enter. */
const token = /^[!-~]{1,1024}$/;

/** Undefined where the reply has none, as that to a DELETE, or none that could be repeated. */
export function sessionTokenOf({ headers }: Pick<PartReply, "headers">): string | undefined {
  const given = headers["x-ms-session-token"];
  return given !== undefined && token.test(given) ? given : undefined;
}

/** The headers of a read. */
export function sessionHeaders(sessionToken: string | undefined): Readonly<Record<string, string>> {
  return sessionToken === undefined ? {} : { "MSCRM.SessionToken": sessionToken };
}
