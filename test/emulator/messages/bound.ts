/** Messages bound to a table or a row: the bulk messages. */
import type { Session } from "../environment.ts";
import type { Address } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";

export function callBound(_session: Session, _call: Call, _address: Address, name: string): PartReply {
  throw unknownSegment(`Microsoft.Dynamics.CRM.${name}`);
}
