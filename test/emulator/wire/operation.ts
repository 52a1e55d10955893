/** One operation, alone or as a part of a `$batch`: from request line to status, headers and body. */

import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import { readMetadata } from "../metadata/route.ts";
import { LedgerFull } from "../oracle/ledger.ts";
import { callFunction } from "../read/functions.ts";
import { checkQuery, readRows } from "../read/list.ts";
import { renderRow, selectColumns } from "../read/render.ts";
import type { Row } from "../rows/store.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import { contentReference, parseBody } from "../write/payload.ts";
import type { Condition, Written } from "../write/row.ts";
import { create, etag, remove, requireRow, upsert } from "../write/row.ts";
import { parseAddress } from "./address.ts";
import { codes, EnvelopeError, envelopeBody, errorBody, querySyntax, ServiceError, unknownSegment } from "./errors.ts";
import { pathOf, preferences } from "./http.ts";
import type { Query } from "./query.ts";
import { splitTarget } from "./query.ts";

export interface Part {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PartReply {
  readonly status: number;
  /** Names as the service writes them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const jsonType = "application/json; odata.metadata=minimal";
const anyVersion = /^\/api\/data\/v9\.\d\//;

/** Throws the service's refusal; `reply` of it is `refusal(error)`. */
export function runOperation(session: Session, transaction: Transaction, part: Part): PartReply {
  const { path, query } = splitTarget(resourcePath(session, part.url));
  if (path.startsWith("EntityDefinitions")) {
    return ok(readMetadata(session, part.method, path, query));
  }
  const result = part.method === "GET" ? callFunction(session, path) : undefined;
  if (result !== undefined) {
    return ok(result);
  }
  const address = parseAddress(session.catalog, path, session.settings);
  if (address.kind === "set") {
    switch (part.method) {
      case "GET":
        return listRows(session, address.table, query, part);
      case "POST":
        return createRow(session, transaction, address.table, { query, part });
      default:
        throw notAllowed(part.method);
    }
  }
  switch (part.method) {
    case "GET": {
      checkQuery(query);
      return representation(session, address.table, requireRow(session, address), { query, part, status: 200 });
    }
    case "PATCH": {
      const body = parseBody(address.table, part.body);
      const written = upsert(session, transaction, address, { body, condition: conditionOf(part) });
      return writeReply(session, address.table, written, { query, part, echo: address.echo });
    }
    case "DELETE":
      remove(session, transaction, address, conditionOf(part));
      return { status: 204, headers: { "OData-Version": "4.0" }, body: "" };
    default:
      throw notAllowed(part.method);
  }
}

/** The answer to a refusal; anything else is a fault of the emulator and goes on. */
export function refusal(session: Session, error: unknown): PartReply {
  const headers = { REQ_ID: session.chance.guid(), "Content-Type": jsonType, "OData-Version": "4.0" };
  if (error instanceof ServiceError) {
    return { status: error.status, headers, body: errorBody(error.code, error.message) };
  }
  if (error instanceof EnvelopeError) {
    return { status: error.status, headers, body: envelopeBody(error.message) };
  }
  if (error instanceof LedgerFull) {
    return { status: 507, headers, body: errorBody(codes.unexpected, error.message) };
  }
  throw error;
}

/** What follows the service root, still encoded, query included. */
function resourcePath(session: Session, url: string): string {
  if (!/^[!-~]*$/.test(url)) {
    throw querySyntax();
  }
  if (url.startsWith("$") && !url.startsWith("$metadata")) {
    const [, id = "", rest = ""] = /^\$(\w+)(.*)$/s.exec(url) ?? [];
    return contentReference(session, id) + rest;
  }
  const path = pathOf(url);
  const root = anyVersion.exec(path);
  if (root !== null) {
    return path.slice(root[0].length);
  }
  if (path.startsWith("/api/")) {
    throw unknownSegment(path.slice(1));
  }
  return path.slice(1);
}

function ok(body: string): PartReply {
  return { status: 200, headers: { "Content-Type": jsonType, "OData-Version": "4.0" }, body };
}

function listRows(session: Session, table: Table, query: Query, part: Part): PartReply {
  const { body, applied } = readRows(session, table, query, part.headers["prefer"]);
  const reply = ok(body);
  return applied === undefined ? reply : { ...reply, headers: { ...reply.headers, "Preference-Applied": applied } };
}

interface Asked {
  readonly query: Query;
  readonly part: Part;
}

function createRow(session: Session, transaction: Transaction, table: Table, asked: Asked): PartReply {
  const row = create(session, transaction, table, parseBody(table, asked.part.body));
  return writeReply(session, table, { row, created: true }, { ...asked, echo: `${table.setName}(${row.id})` });
}

function writeReply(
  session: Session,
  table: Table,
  { row, created }: Written,
  { query, part, echo }: Asked & { readonly echo: string },
): PartReply {
  const contentId = part.headers["content-id"];
  if (contentId !== undefined) {
    session.references.set(contentId, `${table.setName}(${row.id})`);
  }
  const prefer = part.headers["prefer"];
  if (prefer !== undefined && preferences(prefer).get("return") === "representation") {
    return representation(session, table, row, { query, part, status: created ? 201 : 200 });
  }
  const url = rowUrl(session, echo);
  return { status: 204, headers: { "OData-Version": "4.0", Location: url, "OData-EntityId": url }, body: "" };
}

function representation(
  session: Session,
  table: Table,
  row: Row,
  { query, part, status }: Asked & { readonly status: number },
): PartReply {
  const wishes = preferences(part.headers["prefer"]);
  const annotate = /\*|lookuplogicalname/.test(wishes.get("odata.include-annotations") ?? "");
  const body = renderRow(session.settings, table, row, {
    columns: selectColumns(table, query.get("$select")),
    annotate,
  });
  const headers: Record<string, string> = { "Content-Type": jsonType, "OData-Version": "4.0", ETag: etag(row) };
  if (part.method !== "GET") {
    headers["Preference-Applied"] = "return=representation";
  }
  return { status, headers, body };
}

/** The literal text `null`, which clients send out of habit, is no condition. */
function conditionOf(part: Part): Condition {
  const given = (name: string): string | undefined => {
    const value = part.headers[name];
    return value === "null" || value === "" ? undefined : value;
  };
  return { ifMatch: given("if-match"), ifNoneMatch: given("if-none-match") };
}

function notAllowed(method: string): ServiceError {
  return new ServiceError(405, codes.http, `The HTTP method '${method}' is not supported for this resource.`);
}
