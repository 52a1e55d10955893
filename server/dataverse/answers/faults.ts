/**
 * What a reply means, for a whole request and for one row: a success is a status that says so, and everything else is looked
 * up in the fault table. Never acknowledges a row for want of an error.
 */
import type { AttemptClass } from "../../core/attempt.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { PartReply } from "../wire/batch-reply.ts";
import { targetDetails } from "../wire/bulk-details.ts";
import type { JsonObject } from "../wire/operation.ts";
import { asObject, idNamed, parsePlain } from "../wire/operation.ts";
import { absenceOf } from "./absence.ts";
import { faultClasses, ruleFor } from "./fault-table.ts";
import type { Case, ServiceError } from "./row-failure.ts";
import { failureOf } from "./row-failure.ts";

export type Verdict =
  | {
      readonly kind: "applied";
      readonly outcome: "created" | "updated" | "upserted" | "deleted" | "unchanged";
      readonly id: string | undefined;
    }
  | { readonly kind: "failed"; readonly failure: RowFailure }
  /** `failure` holds if no attempt is left. */
  | {
      readonly kind: "again";
      readonly attempt: AttemptClass;
      readonly failure: RowFailure;
    }
  /** Only reading the row tells whose key or version it is; `failure` holds if it turns out absent. */
  | { readonly kind: "duplicate"; readonly failure: RowFailure };

/** An error body is a few hundred bytes; with trace text some ten thousand. */
const errorBytesMax = 262_144;

const noError: ServiceError = { code: "", message: "" };

/** The error of a body in either of the service's envelopes; empty texts for anything else, such as a gateway's page. Never throws. */
export function readServiceError(body: Buffer): ServiceError {
  // A throw costs more than all else here, and nearly every part has no body.
  if (body.length === 0 || body.length > errorBytesMax) return noError;
  return errorOf(parsePlain(body.toString("utf8")) ?? {});
}

/** The limits of the service's protection, by the codes of their refusals (documented: service protection API limits). */
const limits: ReadonlyMap<string, "requests" | "seconds" | "concurrency"> = new Map([
  ["0x80072322", "requests"],
  ["0x80072321", "seconds"],
  ["0x80072326", "concurrency"],
]);

/** Which limit a throttle reply names. */
export function limitOf({ body }: { readonly body: Buffer }): "requests" | "seconds" | "concurrency" | "unknown" {
  return limits.get(readServiceError(body).code) ?? "unknown";
}

/** Who has no user in the environment, or a disabled one, may do nothing there. */
const strangers: ReadonlySet<string> = new Set(["0x80072560", "0x80040225"]);

/** A role of the application user lacks the privilege; for others than it, such as the owner of a row, there are other codes. */
const privilegeLacking = "0x80040220";

/**
 * What the reply to a whole request refuses: its sender (`entry`), the sender's right to what was asked (`right`), or this request alone;
 * undefined when it refuses nobody, or only its rows' replies can tell.
 */
export function barOf(
  { status, body }: { readonly status: number; readonly body: Buffer },
  { method, path }: { readonly method: string; readonly path: string },
): "entry" | "right" | "request" | undefined {
  if (status !== 403) return undefined;
  const { code } = readServiceError(body);
  if (strangers.has(code)) return "entry";
  if (method === "GET") return "request";
  // What a bulk message is forbidden, each of its rows need not be.
  if (path !== "$batch") return undefined;
  return code === privilegeLacking ? "right" : "entry";
}

/** Whether the part was refused because its sender lacks a privilege. */
export function lacksPrivilege({ status, body }: Pick<PartReply, "status" | "body">): boolean {
  return status === 403 && readServiceError(body).code === privilegeLacking;
}

/** As `readServiceError`, of a body that was parsed already. */
export function errorOf(envelope: JsonObject): ServiceError {
  const error = asObject(envelope["error"]);
  const code = error === undefined ? envelope["ErrorCode"] : error["code"];
  const message = error === undefined ? (envelope["Message"] ?? envelope["ExceptionMessage"]) : error["message"];
  return { code: hexCode(code), message: typeof message === "string" ? message : "" };
}

/** Whether there is an error in a body, readable or not. Never throws. */
function tellsOfError(body: Buffer): boolean {
  return body.length > 0 && holdsError(parsePlain(body.toString("utf8")) ?? {});
}

/** As `tellsOfError`, of a body that was parsed already. */
export function holdsError(envelope: JsonObject): boolean {
  const { code, message } = errorOf(envelope);
  return code !== "" || message !== "" || (envelope["error"] ?? null) !== null;
}

/** Software development kits and some texts give the same code as a signed decimal. */
function hexCode(code: unknown): string {
  const text = typeof code === "string" || typeof code === "number" ? String(code).trim().toLowerCase() : "";
  if (/^-\d{1,10}$/.test(text)) return `0x${(Number(text) >>> 0).toString(16)}`;
  return /^0x[0-9a-f]{8}$/.test(text) ? text : "";
}

/**
 * Classifies the reply to a whole request. The status decides; the body is evidence that may be missing or a page of HTML.
 * @param bulk the request was one transaction, so that an error of one row is the error of all.
 */
export function classifyReply({ status, headers, body }: PartReply, bulk = false): AttemptClass {
  // Each row's fate is told, whatever the status says of all of them.
  if (bulk && status >= 400 && targetDetails(body) !== undefined) return answered;
  const isMultipart = /^\s*multipart\/mixed\b/i.test(headers["content-type"] ?? "");
  if (isMultipart && status < 500 && status !== 429) return answered;
  if (status >= 200 && status < 300) return isHtml({ headers }) ? faultClasses.unknown.attempt : answered;
  const { code, message } = readServiceError(body);
  const { attempt, again } = faultClasses[ruleFor(status, code, message).fault];
  // What a 5xx says of one row is no word about the others of a `$batch`.
  if (status >= 500 && !again && !(bulk && code !== "")) return faultClasses.unknown.attempt;
  // A reply in parts is the mark of a request that was begun.
  return isMultipart ? { ...attempt, uncertain: true } : attempt;
}

const answered: AttemptClass = { code: "answered", remedy: "none", uncertain: false };

/** A page of whatever stands in between: the service answers in JSON. */
export function isHtml({ headers }: Pick<PartReply, "headers">): boolean {
  return /^\s*text\/html\b/i.test(headers["content-type"] ?? "");
}

/**
 * What one part says of its row.
 * @param uncertain an earlier attempt of this row may have been applied.
 * @param operation the part as it was sent: tells the row's own absence from that of a lookup, and which words of a plug-in
 *   are the row's values. Without it less can be told, and nothing wrong is.
 */
export function judge(part: PartReply, mapping: Mapping, uncertain: boolean, operation?: Uint8Array): Verdict {
  const error = readServiceError(part.body);
  if (isSuccess(part.status)) {
    if (!tellsOfError(part.body)) return applied(part, mapping);
    return again({ part, mapping, operation, error, rule: { fault: "unknown", says: contradiction } });
  }
  const of: Case = { part, mapping, operation, error, rule: ruleFor(part.status, error.code, error.message) };
  switch (of.rule.fault) {
    case "throttled":
    case "token_rejected":
    case "too_large":
    case "too_slow":
    case "deadlock":
    case "busy":
    case "unavailable":
    case "unknown":
      return again(of);
    case "missing":
      return missing(of, uncertain);
    case "duplicate": {
      const { mode } = mapping.request;
      return { kind: mode === "INSERT" || mode === "UPSERT" ? "duplicate" : "failed", failure: failureOf(of) };
    }
    // A version that an earlier attempt of this row made is its own: what stands there tells.
    case "changed":
      return { kind: mapping.request.mode === "UPDATE" ? "duplicate" : "failed", failure: failureOf(of) };
    case "forbidden":
    case "logic":
    case "logic_timeout":
    case "rejected":
      return { kind: "failed", failure: failureOf(of) };
  }
}

const contradiction = "The service reported success and an error at once.";

/** Others of the 2xx say accepted or partial, which is not applied. */
function isSuccess(status: number): boolean {
  return status === 200 || status === 201 || status === 204;
}

function applied(part: PartReply, mapping: Mapping): Verdict {
  switch (mapping.request.mode) {
    case "INSERT":
      return new Applied("created", part, mapping);
    case "UPDATE":
      return new Applied("updated", part, mapping);
    case "DELETE":
      return { kind: "applied", outcome: "deleted", id: undefined };
    case "UPSERT":
      // Only a reply with a representation tells which of the two it was.
      return new Applied(part.status === 201 ? "created" : part.status === 200 ? "updated" : "upserted", part, mapping);
  }
}

/** The id is read when asked for: only a row that goes back to the client shows it. */
class Applied {
  readonly kind = "applied";
  readonly outcome: "created" | "updated" | "upserted";
  readonly #part: PartReply;
  readonly #mapping: Mapping;

  constructor(outcome: "created" | "updated" | "upserted", part: PartReply, mapping: Mapping) {
    this.outcome = outcome;
    this.#part = part;
    this.#mapping = mapping;
  }

  get id(): string | undefined {
    return entityId(this.#part, this.#mapping);
  }
}

/** The GUID of the row; undefined where the header repeats the alternate key. */
function entityId(part: PartReply, mapping: Mapping): string | undefined {
  const url = part.headers["odata-entityid"] ?? "";
  const path = url.slice(url.lastIndexOf("/") + 1);
  const isOwn = path.startsWith(`${mapping.table.entitySetName}(`);
  return isOwn ? idNamed({ url: path, body: {} }, mapping.table.primaryId) : undefined;
}

function again(of: Case): Verdict {
  const { attempt } = faultClasses[of.rule.fault];
  return { kind: "again", attempt, failure: failureOf(of) };
}

/**
 * What the status of one target says, of those that an elastic table lists as failed. Undefined: it was refused, and why only a
 * part of its own tells.
 */
export function judgeTarget(part: PartReply, mapping: Mapping, uncertain: boolean): Verdict | undefined {
  const { mode } = mapping.request;
  const rule = ruleFor(part.status, "", "");
  const of: Case = { part, mapping, operation: undefined, error: noError, rule };
  switch (rule.fault) {
    case "throttled":
    case "unavailable":
    case "unknown":
      return again(of);
    case "duplicate":
      return mode === "INSERT" ? { kind: "duplicate", failure: failureOf(of) } : undefined;
    default:
      return mode === "DELETE" && part.status === 404
        ? absent({ ...of, rule: { fault: "missing", says: "A row does not exist." } }, uncertain)
        : undefined;
  }
}

function absent(of: Case, uncertain: boolean): Verdict {
  const { mode, onMissing } = of.mapping.request;
  if (mode === "DELETE" && uncertain) return { kind: "applied", outcome: "deleted", id: undefined };
  if (mode === "DELETE" && onMissing === "ACCEPT") return { kind: "applied", outcome: "unchanged", id: undefined };
  return { kind: "failed", failure: failureOf(of, { says: "The row does not exist." }) };
}

function missing(of: Case, uncertain: boolean): Verdict {
  const absence = absenceOf(of.error, of.mapping, of.operation);
  switch (absence.of) {
    case "row":
      return absent(of, uncertain);
    case "lookup":
      return {
        kind: "failed",
        failure: failureOf(of, {
          code: "lookup_missing",
          retryable: true,
          column: absence.column,
          says: "The row that a lookup points to does not exist.",
        }),
      };
    case "either":
      return {
        kind: "failed",
        failure: failureOf(of, { retryable: true, says: "The row, or one that a lookup points to, does not exist." }),
      };
    case "other":
      return { kind: "failed", failure: failureOf(of, { code: "row_rejected" }) };
  }
}
