/** Functions and actions that belong to no table. */
import type { Session } from "../environment.ts";
import { metadataActions } from "../metadata/actions.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { JsonObject } from "../wire/json-value.ts";
import { emptyObject } from "../wire/json-value.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed, ok } from "../wire/reply.ts";
import { fileActions } from "../write/file-messages.ts";
import { parseBody } from "../write/payload.ts";
import { bulkDelete } from "./bulk-delete.ts";
import { callFunction, isFunction } from "./functions.ts";
import { readParameters } from "./parameters.ts";

type Action = (session: Session, call: Call, parameters: JsonObject) => PartReply;

/** By name; `parameters` is the request's body. */
const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ...fileActions,
  ...metadataActions,
  ["BulkDelete", (session, _call, parameters) => bulkDelete(session, parameters)],
]);

/** `parameters` is what stood in the brackets, decoded. Throws the service's 404 for an unknown name. */
export function callUnbound(session: Session, call: Call, name: string, parameters: string): PartReply {
  const { method, body } = call.part;
  const action = actions.get(name);
  if (action !== undefined) {
    checkMethod(method, "POST");
    // `PublishAllXml` and its like have nothing to say.
    return action(session, call, body === "" ? emptyObject : parseBody({ setName: name }, body));
  }
  if (!isFunction(name)) {
    throw unknownSegment(name);
  }
  checkMethod(method, "GET");
  return ok(callFunction(session, name, readParameters(parameters, call.query)));
}

function checkMethod(method: string, only: string): void {
  if (method !== only) {
    throw notAllowed(method);
  }
}
