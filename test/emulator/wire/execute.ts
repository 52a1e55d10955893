/** Applies one admitted request to the rows, with the fault that it plays. */
import { readBatch } from "../batch/parse.ts";
import type { BatchResult } from "../batch/run.ts";
import { joinParts, runBatch, runCommitted } from "../batch/run.ts";
import type { Session } from "../environment.ts";
import { refusedOperations } from "../faults/operations.ts";
import type { Fault } from "../faults/script.ts";
import { operationsOf } from "../messages/operations.ts";
import { withWishes } from "../write/caller.ts";
import type { Part } from "./call.ts";
import { codes, payloadError, ServiceError } from "./errors.ts";
import type { WebReply, WebRequest } from "./http.ts";
import { bodyBytes, bodyText, isText, isUpload, pathOf, preferences } from "./http.ts";
import type { PartReply } from "./reply.ts";
import { refusal } from "./reply.ts";

/** Outside of a batch. */
const urlCharactersMax = 32_768;

export interface Execution {
  readonly answer: WebReply;
  readonly operations: number;
}

function isBatch(url: string): boolean {
  return /^\/api\/data\/v9\.\d\/\$batch(\?|$)/.test(pathOf(url));
}

export function execute(session: Session, request: WebRequest, fault: Fault | undefined): Execution {
  if (pathOf(request.url).length > urlCharactersMax) {
    return {
      answer: asReply(refusal(session, new ServiceError(414, codes.http, "The request URI is too long."))),
      operations: 0,
    };
  }
  if (request.method === "OPTIONS") {
    return { answer: { status: 200, headers: { allow: "OPTIONS,GET,HEAD,POST" }, body: "" }, operations: 0 };
  }
  if (request.method === "HEAD") {
    const { answer, operations } = execute(session, { ...request, method: "GET" }, fault);
    return { answer: { ...answer, body: "" }, operations };
  }
  const upload = isUpload(request);
  if (!upload && !isText(request)) {
    return { answer: asReply(refusal(session, payloadError("", "The body is not valid UTF-8."))), operations: 0 };
  }
  if (isBatch(request.url) && request.method === "POST") {
    return executeBatch(session, request, fault);
  }
  const part = upload ? uploadPart(request) : { ...request, body: bodyText(request) };
  return { answer: asReply(runCommitted(session, part)), operations: operationsOf(part) };
}

function uploadPart(request: WebRequest): Part {
  return { ...request, body: isText(request) ? bodyText(request) : "", bytes: bodyBytes(request) };
}

function executeBatch(session: Session, request: WebRequest, fault: Fault | undefined): Execution {
  let result: BatchResult;
  let operations = 0;
  try {
    const items = readBatch(request.headers["content-type"], bodyText(request), session.settings);
    operations = items
      .flatMap((item) => (item.kind === "changeSet" ? item.parts : [item.part]))
      .reduce((sum, part) => sum + operationsOf(part), 0);
    session.ledger.reserve(operations);
    const caller = session.settings.batchHeaders === "inherit" ? withWishes(session, request) : session;
    result = runBatch(caller, items, {
      continueOnError: preferences(request.headers["prefer"]).has("odata.continue-on-error"),
      refused: refusedOperations(fault, items, {
        setOf: (table) => session.catalog.named(table).setName,
        now: session.origin.time,
      }),
      ...(fault?.effect === "lose_reply" && fault.applied !== undefined ? { operationsRun: fault.applied } : {}),
    });
  } catch (error) {
    return { answer: asReply(refusal(session, error)), operations };
  }
  const boundary = `batchresponse_${session.chance.guid()}`;
  const headers = { "content-type": `multipart/mixed; boundary=${boundary}`, "odata-version": "4.0" };
  return { answer: { status: result.status, headers, body: joinParts(boundary, result.parts) }, operations };
}

/** Header names in lower case. Only parts of a batch name their row in a Location too, and the request id is the whole answer's. */
function asReply({ headers, ...reply }: PartReply): WebReply {
  const namesRow = headers["OData-EntityId"] !== undefined;
  const kept = Object.entries(headers).filter(([name]) => !(namesRow && name === "Location") && name !== "REQ_ID");
  return { ...reply, headers: Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value])) };
}
