/** Answers of one operation, and the forms that many of them share. */
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import { LedgerFull } from "../oracle/ledger.ts";
import { annotationsOf } from "./error-annotations.ts";
import { codes, EnvelopeError, envelopeBody, errorBody, ServiceError } from "./errors.ts";

export interface PartReply {
  readonly status: number;
  /** Names as the service writes them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sent in place of `body`: the content of a file. */
  readonly bytes?: Uint8Array;
}

export const jsonType = "application/json; odata.metadata=minimal";

export function ok(body: string): PartReply {
  return { status: 200, headers: { "Content-Type": jsonType, "OData-Version": "4.0" }, body };
}

export function noContent(): PartReply {
  return { status: 204, headers: { "OData-Version": "4.0" }, body: "" };
}

/** 204 that names the row: `echo` is its address below the service root. */
export function entityId(session: Session, echo: string): PartReply {
  const url = rowUrl(session, echo);
  return { status: 204, headers: { "OData-Version": "4.0", Location: url, "OData-EntityId": url }, body: "" };
}

/** The answer to a refusal; anything else is a fault of the emulator and goes on. `prefer`: that header of the request. */
export function refusal(session: Session, error: unknown, prefer?: string): PartReply {
  const headers = { REQ_ID: session.chance.guid(), "Content-Type": jsonType, "OData-Version": "4.0" };
  if (error instanceof ServiceError) {
    return { status: error.status, headers, body: errorBody(error.code, error.message, annotationsOf(error, prefer)) };
  }
  if (error instanceof EnvelopeError) {
    return { status: error.status, headers, body: envelopeBody(error.message) };
  }
  if (error instanceof LedgerFull) {
    return { status: 507, headers, body: errorBody(codes.unexpected, error.message) };
  }
  throw error;
}

export function notAllowed(method: string): ServiceError {
  return new ServiceError(405, codes.http, `The HTTP method '${method}' is not supported for this resource.`);
}
