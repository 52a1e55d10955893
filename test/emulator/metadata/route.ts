/** `EntityDefinitions` and its like: who answers which method. */
import type { Session } from "../environment.ts";
import type { Call } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed } from "../wire/reply.ts";
import { readMetadata } from "./read.ts";

/** `path` is decoded. Throws the service's refusal. */
export function answerDefinitions(session: Session, call: Call, path: string): PartReply {
  switch (call.part.method) {
    case "GET":
      return readMetadata(session, path, call.query);
    default:
      throw notAllowed(call.part.method);
  }
}
