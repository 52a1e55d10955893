/** Runs a `$batch` in order and writes its multipart answer. */
import type { Session } from "../environment.ts";
import { Transaction } from "../rows/transaction.ts";
import type { Part } from "../wire/call.ts";
import { runOperation } from "../wire/operation.ts";
import { reasonPhrase } from "../wire/reason.ts";
import type { PartReply } from "../wire/reply.ts";
import { refusal } from "../wire/reply.ts";
import type { BatchItem } from "./parse.ts";

export interface BatchOrder {
  readonly continueOnError: boolean;
  /** Operations that run before the connection is lost; absent = all. */
  readonly operationsRun?: number;
  /** Operations, counted from 0, that answer so without running. */
  readonly refused: ReadonlyMap<number, PartReply>;
}

export interface BatchResult {
  readonly status: number;
  /** Rendered parts, headers included, without delimiters. */
  readonly parts: readonly string[];
}

export function runBatch(session: Session, items: readonly BatchItem[], order: BatchOrder): BatchResult {
  const parts: string[] = [];
  let index = 0;
  for (const item of items) {
    if (index >= (order.operationsRun ?? Number.POSITIVE_INFINITY)) {
      break;
    }
    const outcome =
      item.kind === "operation"
        ? runAlone(session, item.part, order.refused.get(index))
        : runChangeSet(session, item.parts, { first: index, order });
    parts.push(outcome.text);
    index += item.kind === "operation" ? 1 : item.parts.length;
    if (outcome.status >= 400 && !order.continueOnError) {
      return { status: outcome.status, parts };
    }
  }
  return { status: 200, parts };
}

interface ItemOutcome {
  readonly status: number;
  readonly text: string;
}

function runAlone(session: Session, part: Part, refused: PartReply | undefined): ItemOutcome {
  const reply = refused ?? runCommitted(session, part);
  return { status: reply.status, text: renderPart(reply, undefined) };
}

/** One operation in its own transaction. */
export function runCommitted(session: Session, part: Part): PartReply {
  const transaction = newTransaction(session);
  try {
    session.ledger.reserve(1);
    const reply = runOperation(session, transaction, part);
    transaction.commit();
    return reply;
  } catch (error) {
    transaction.rollback();
    return refusal(session, error, part.headers["prefer"]);
  }
}

/** All of the set or none of it; a failed set answers with the one part that failed. */
function runChangeSet(
  session: Session,
  parts: readonly Part[],
  { first, order }: { readonly first: number; readonly order: BatchOrder },
): ItemOutcome {
  const transaction = newTransaction(session);
  const replies: string[] = [];
  session.references.clear();
  for (const [index, part] of parts.entries()) {
    const reply = order.refused.get(first + index) ?? runInSet(session, transaction, part, parts.length);
    const text = renderPart(reply, part.headers["content-id"]);
    if (reply.status >= 400) {
      transaction.rollback();
      return { status: reply.status, text: renderSet(session, [text]) };
    }
    replies.push(text);
  }
  transaction.commit();
  return { status: 200, text: renderSet(session, replies) };
}

function runInSet(session: Session, transaction: Transaction, part: Part, size: number): PartReply {
  try {
    session.ledger.reserve(size);
    return runOperation(session, transaction, part);
  } catch (error) {
    return refusal(session, error, part.headers["prefer"]);
  }
}

function newTransaction(session: Session): Transaction {
  return new Transaction(session.store, session.ledger, session.origin, session.settings.keepValues);
}

function renderPart(reply: PartReply, contentId: string | undefined): string {
  const id = contentId === undefined ? "" : `Content-ID: ${contentId}\r\n`;
  let lines = "";
  for (const name in reply.headers) {
    lines += `${name}: ${reply.headers[name]}\r\n`;
  }
  return `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${id}\r\nHTTP/1.1 ${reply.status} ${reasonPhrase(reply.status)}\r\n${lines}\r\n${reply.body}`;
}

function renderSet(session: Session, parts: readonly string[]): string {
  const boundary = `changesetresponse_${session.chance.guid()}`;
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${joinParts(boundary, parts)}`;
}

/** Delimiters around rendered parts. */
export function joinParts(boundary: string, parts: readonly string[]): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;
}
