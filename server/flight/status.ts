/**
 * Errors as gRPC statuses. A status whose text cannot be encoded, or is larger than clients take, would never arrive and leave the
 * client waiting; so every text is cleaned and cut here, and nothing else builds a status.
 */
import { Metadata, status } from "@grpc/grpc-js";
import type { ErrorCode, SidecarError, StreamCode } from "../core/errors.ts";

export interface StatusReply {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** The trailer in which the code of the error travels beside its text. */
export const codeTrailer = "dataverse-flight-code";

// Clients drop a status with more than 8 KB of headers; percent-encoding counts, so it is measured after it.
const detailsBytesMax = 4096;
const cutMark = "…";

const statusByCode: Readonly<Record<StreamCode, number>> = {
  invalid_command: status.INVALID_ARGUMENT,
  unauthenticated_caller: status.UNAUTHENTICATED,
  caller_not_allowed: status.PERMISSION_DENIED,
  unknown_environment: status.NOT_FOUND,
  unknown_table: status.NOT_FOUND,
  schema_mismatch: status.FAILED_PRECONDITION,
  schema_changed: status.FAILED_PRECONDITION,
  malformed_arrow: status.INVALID_ARGUMENT,
  limit_exceeded: status.RESOURCE_EXHAUSTED,
  credentials_rejected: status.FAILED_PRECONDITION,
  principal_forbidden: status.PERMISSION_DENIED,
  overloaded: status.UNAVAILABLE,
  draining: status.UNAVAILABLE,
  client_stalled: status.DEADLINE_EXCEEDED,
  superseded: status.ABORTED,
  cancelled: status.CANCELLED,
  too_many_failed_rows: status.FAILED_PRECONDITION,
  progress_timeout: status.DEADLINE_EXCEEDED,
  internal: status.INTERNAL,
};

// Dataverse could not be reached before the first row: to the client that is one thing, "try again later".
const notNow: ReadonlySet<ErrorCode> = new Set(["throttled", "unavailable", "too_slow", "deadlock", "outcome_unknown"]);

function isStreamCode(code: ErrorCode): code is StreamCode {
  return Object.hasOwn(statusByCode, code);
}

function streamCode(code: ErrorCode): StreamCode {
  if (isStreamCode(code)) return code;
  return notNow.has(code) ? "overloaded" : "internal";
}

/** Well-formed, on one line, and short enough to arrive. */
export function cleanDetails(text: string): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
  if (encodeURI(line).length <= detailsBytesMax) return line;
  let room = detailsBytesMax - encodeURI(cutMark).length;
  let kept = "";
  for (const character of line) {
    room -= encodeURI(character).length;
    if (room < 0) break;
    kept += character;
  }
  return kept + cutMark;
}

/** The status that tells a client of this error. */
export function statusOf(error: SidecarError): StatusReply {
  const code = streamCode(error.code);
  const metadata = new Metadata();
  metadata.set(codeTrailer, code);
  if (error.retryAfterMs !== undefined) metadata.set("grpc-retry-pushback-ms", String(Math.ceil(error.retryAfterMs)));
  const remedy = error.remedy === "" ? "" : ` ${error.remedy}`;
  return { code: statusByCode[code], details: cleanDetails(`${code}: ${error.message}${remedy}`), metadata };
}

/** Ends a streaming call with an error. Never `destroy(error)`: that sends no status, and the client waits for ever. */
export function endWithError(call: { emit(event: "error", status: StatusReply): boolean }, error: SidecarError): void {
  call.emit("error", statusOf(error));
}
