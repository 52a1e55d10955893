/** The answers that faults make: refusals of whole requests, refused parts, damaged multipart bodies. */
import type { BatchResult } from "../batch/run.ts";
import { joinParts } from "../batch/run.ts";
import { codes, envelopeBody, errorBody } from "../wire/errors.ts";
import type { WebReply } from "../wire/http.ts";
import type { PartReply } from "../wire/reply.ts";
import type { Damage, FaultEffect } from "./script.ts";

interface Words {
  readonly code: string;
  readonly message: string;
}

const wordsOf: Readonly<Record<number, Words>> = {
  401: { code: "0x80040220", message: "The access token is not valid." },
  403: { code: codes.privilege, message: "Principal user is missing a privilege." },
  429: { code: codes.burst, message: "Number of requests exceeded the limit of 6000 over time window of 300 seconds." },
  500: {
    code: codes.genericSql,
    message: "Sql error: Generic SQL error. CRM ErrorCode: -2147204784 Sql ErrorCode: -2146232060 Sql Number: 1205",
  },
};
const otherWords: Words = { code: codes.unexpected, message: "An unexpected error occurred." };

function words(effect: { readonly status: number; readonly code?: string; readonly message?: string }): Words {
  const usual = wordsOf[effect.status] ?? otherWords;
  return { code: effect.code ?? usual.code, message: effect.message ?? usual.message };
}

/** A whole request refused by script. */
export function statusReply(effect: FaultEffect & { effect: "status" }): WebReply {
  const headers: Record<string, string> =
    effect.retry_after === undefined ? {} : { "retry-after": String(effect.retry_after) };
  const { code, message } = words(effect);
  switch (effect.body ?? "json") {
    case "json":
      return {
        status: effect.status,
        headers: { ...headers, "content-type": "application/json; odata.metadata=minimal" },
        body: errorBody(code, message),
      };
    case "html":
      return {
        status: effect.status,
        headers: { ...headers, "content-type": "text/html" },
        body: `<html><head><title>${effect.status}</title></head><body><h1>${effect.status}</h1><hr>Microsoft-Azure-Application-Gateway/v2</body></html>`,
      };
    case "empty":
      return { status: effect.status, headers, body: "" };
  }
}

/** A part refused by script; a throttled part has the shape of failures above the OData layer. */
export function partReply(effect: FaultEffect & { effect: "part_status" }): PartReply {
  const { code, message } = words(effect);
  const headers: Record<string, string> = {
    "Content-Type": "application/json; odata.metadata=minimal",
    "OData-Version": "4.0",
  };
  if (effect.retry_after !== undefined) {
    headers["Retry-After"] = String(effect.retry_after);
  }
  const body = effect.status === 429 ? envelopeBody(message, code) : errorBody(code, message);
  return { status: effect.status, headers, body };
}

/** The multipart body with one thing wrong in it. */
export function damagedBody(result: BatchResult, boundary: string, how: Damage, part = 0): string {
  const { parts } = result;
  const hit = parts[part];
  switch (how) {
    case "wrong_boundary":
      return joinParts(`${boundary}x`, parts);
    case "missing_part":
      return joinParts(
        boundary,
        parts.filter((_text, index) => index !== part),
      );
    case "doubled_part":
      return joinParts(boundary, hit === undefined ? parts : parts.toSpliced(part, 0, hit));
    case "swapped_parts":
      return joinParts(boundary, hit === undefined ? parts : [...parts.toSpliced(part, 1), hit]);
    case "no_end":
      return joinParts(boundary, parts).slice(0, -`--${boundary}--\r\n`.length);
    case "lf_only":
      return joinParts(boundary, parts).replaceAll("\r\n", "\n");
  }
}
