/**
 * What the answer to a bulk message says of its rows. On a standard table all of them or none are applied, and an error does not say
 * which row it is about; an elastic table applies what it can and lists the rest. Anything else than a plain answer is unknown: a
 * row is never acknowledged for want of an error.
 */
import type { Guid } from "../../core/guid.ts";
import { guidLength } from "../../core/guid.ts";
import type { Mode } from "../request.ts";
import type { PartReply } from "../wire/batch-reply.ts";
import { targetDetails } from "../wire/bulk-details.ts";
import type { JsonObject } from "../wire/operation.ts";
import { asGuid, asObject, parsePlain } from "../wire/operation.ts";
import { holdsError, lacksPrivilege, readServiceError } from "./faults.ts";

export type BulkReply =
  | { readonly kind: "applied" }
  /** By index of the target; the others were applied. */
  | { readonly kind: "partly"; readonly refused: ReadonlyMap<number, PartReply> }
  /** Nothing was applied, because of one row or several. */
  | { readonly kind: "refused"; readonly part: PartReply }
  /** Some were applied and some refused, and the reply does not say which. */
  | { readonly kind: "untold" }
  /** The table does not know the message. */
  | { readonly kind: "unsupported" }
  | { readonly kind: "unknown" };

export interface BulkRequest {
  readonly mode: Mode;
  readonly elastic: boolean;
  /** In the order of the targets; undefined where none was given. */
  readonly ids: readonly (Guid | undefined)[];
}

const noWords: Buffer = Buffer.alloc(0);

/** As the service lists them: each in quotes, with a comma or the closing bracket behind it. */
const idsOpening = Buffer.from('"Ids":[');
const idLength = guidLength + 3;
const quote = 0x22;
const comma = 0x2c;
const closingBracket = 0x5d;

/** The service's words for a table without the message. */
const unsupportedText =
  /is not enabled on the entity|does not support entities of type|has not yet been implemented|Resource not found for the segment 'Microsoft\.Dynamics\.CRM\./i;
const unsupportedCode = "0x80040800";

/** @param part the whole reply. Never throws, whatever it holds. */
export function readBulkReply(part: PartReply, request: BulkRequest): BulkReply {
  if (part.status === 200 || part.status === 204)
    return { kind: isPlainSuccess(part, request) ? "applied" : "unknown" };
  if (part.status < 400) return { kind: "unknown" };
  const error = readServiceError(part.body);
  if (error.code === unsupportedCode || unsupportedText.test(error.message)) return { kind: "unsupported" };
  if (!request.elastic) return { kind: "refused", part };
  const refused = refusedTargets(part, request.ids);
  if (refused !== undefined) return { kind: "partly", refused };
  // Whether its sender may do so at all is asked before any row.
  return lacksPrivilege(part) ? { kind: "refused", part } : { kind: "untold" };
}

/** Nothing or a plain object, no error in it, and of creates the ids in their order. */
function isPlainSuccess({ status, body }: PartReply, request: BulkRequest): boolean {
  const ids = request.mode === "INSERT" ? request.ids : undefined;
  const rest = ids && withoutIds(body, ids);
  const told = body.length === 0 ? {} : parsePlain((rest ?? body).toString("utf8"));
  if (told === undefined) return false;
  if (holdsError(told)) return false;
  return ids === undefined || (status === 200 && idsMatch(told, rest === undefined ? ids : []));
}

/** The reply with an empty list, where its list is that of the ids as the service writes them: for most, no text is made of an id. */
function withoutIds(body: Buffer, ids: BulkRequest["ids"]): Buffer | undefined {
  const start = body.indexOf(idsOpening) + idsOpening.length;
  const end = start + ids.length * idLength - 1;
  if (start < idsOpening.length || body[end] !== closingBracket || body.includes(idsOpening, end)) return undefined;
  const words = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (const [index, id] of ids.entries()) {
    const at = start + index * idLength;
    const isQuoted = body[at] === quote && body[at + 1 + guidLength] === quote;
    const isLast = at + idLength > end;
    if (!isQuoted || !(isLast || body[at + idLength - 1] === comma) || id?.isAt(words, at + 1) !== true)
      return undefined;
  }
  return Buffer.concat([body.subarray(0, start), body.subarray(end)]);
}

function idsMatch(reply: JsonObject, ids: BulkRequest["ids"]): boolean {
  const told = reply["Ids"];
  if (!Array.isArray(told) || told.length !== ids.length) return false;
  return ids.every((id, i) => id === undefined || asGuid(told[i]) === id.toString());
}

/** Undefined where the service did not list them, or listed what was not sent. */
function refusedTargets(part: PartReply, ids: BulkRequest["ids"]): ReadonlyMap<number, PartReply> | undefined {
  const list = targetDetails(part.body);
  if (list === undefined) return undefined;
  const refused = new Map<number, PartReply>();
  for (const item of list) {
    const { RequestIndex: index, Id: id, StatusCode: status } = asObject(item) ?? {};
    const target = Number(index);
    if (!Number.isInteger(target) || target < 0 || target >= ids.length || refused.has(target)) return undefined;
    const own = ids[target]?.toString();
    if (own !== undefined && asGuid(id) !== undefined && asGuid(id) !== own) return undefined;
    // The words of the reply are about the request as a whole.
    refused.set(target, { ...part, status: Number(status) >= 400 ? Number(status) : part.status, body: noWords });
  }
  return refused;
}
