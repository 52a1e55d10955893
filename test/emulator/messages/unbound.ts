/** Functions and actions that belong to no table. */
import type { Session } from "../environment.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import { callFunction } from "./functions.ts";

/** `parameters` is what stood in the brackets, decoded. Throws the service's 404 for an unknown name. */
export function callUnbound(session: Session, call: Call, name: string, parameters: string): PartReply {
  const result = call.part.method === "GET" && parameters === "" ? callFunction(session, name) : undefined;
  if (result === undefined) {
    throw unknownSegment(name);
  }
  return ok(result);
}
