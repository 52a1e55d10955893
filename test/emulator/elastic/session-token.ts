/** Session consistency of elastic tables: every write names the state that it made; a read that repeats the name sees at least that. */
import type { Session } from "../environment.ts";
import type { PartReply } from "../wire/reply.ts";

/** `reply` with the token of the last write. */
export function withSessionToken(session: Session, reply: PartReply): PartReply {
  const token = `240:8#${session.store.version}#7=-1`;
  return { ...reply, headers: { ...reply.headers, "x-ms-session-token": token } };
}
