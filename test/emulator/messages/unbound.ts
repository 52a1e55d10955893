/** Functions and actions that belong to no table. */
import type { Session } from "../environment.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import { fileActions } from "../write/file-messages.ts";
import { parseBody } from "../write/payload.ts";
import { callFunction } from "./functions.ts";

/** `parameters` is what stood in the brackets, decoded. Throws the service's 404 for an unknown name. */
export function callUnbound(session: Session, call: Call, name: string, parameters: string): PartReply {
  const action = call.part.method === "POST" ? fileActions.get(name) : undefined;
  if (action !== undefined) {
    return action(session, call, parseBody({ setName: name }, call.part.body));
  }
  const result = call.part.method === "GET" && parameters === "" ? callFunction(session, name) : undefined;
  if (result === undefined) {
    throw unknownSegment(name);
  }
  return ok(result);
}
