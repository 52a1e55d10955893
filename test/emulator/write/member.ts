/** What stands below a row: single properties, references, files. */
import type { Session } from "../environment.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";

export function answerMember(
  _session: Session,
  _call: Call,
  _address: RowAddress,
  segments: readonly string[],
): PartReply {
  throw unknownSegment(segments.join("/"));
}
