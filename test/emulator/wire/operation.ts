/** One operation, alone or as a part of a `$batch`: from its URL to whoever answers it. */
import { inPartitionOfQuery } from "../elastic/address.ts";
import { expireRows } from "../elastic/expiry.ts";
import { withSessionToken } from "../elastic/session-token.ts";
import type { Session } from "../environment.ts";
import { callBound } from "../messages/bound.ts";
import { callUnbound } from "../messages/unbound.ts";
import { answerCsdl } from "../metadata/csdl.ts";
import { answerDefinitions } from "../metadata/route.ts";
import { countRows } from "../read/count.ts";
import { readMember } from "../read/member.ts";
import { serviceDocument } from "../read/service-document.ts";
import { listRows, showRow } from "../read/show.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import { contentReference } from "../write/binding.ts";
import { withWishes } from "../write/caller.ts";
import { answerMember } from "../write/member.ts";
import { createRow, deleteRow, patchRow } from "../write/reply.ts";
import type { RowAddress, SetAddress } from "./address.ts";
import type { Call, Part } from "./call.ts";
import { codes, querySyntax, ServiceError, unknownSegment } from "./errors.ts";
import { pathOf } from "./http.ts";
import { splitTarget } from "./query.ts";
import type { PartReply } from "./reply.ts";
import { notAllowed } from "./reply.ts";
import type { Resource } from "./resource.ts";
import { parseResource } from "./resource.ts";

/** Within a batch, where it may be twice as long as outside. */
const urlCharactersMax = 65_536;

const anyVersion = /^\/api\/data\/v9\.\d\//;

/** Throws the service's refusal; `refusal(error)` is its answer. */
export function runOperation(caller: Session, transaction: Transaction, part: Part): PartReply {
  const session = withWishes(caller, part);
  const { path, query } = splitTarget(resourcePath(session, part.url));
  const call: Call = { part, query, transaction };
  const resource = parseResource(session, path);
  const table = tableOf(resource);
  if (table?.kind !== "elastic") {
    return answer(session, call, resource);
  }
  expireRows(session, table, session.origin.time);
  const reply = answer(session, call, resource);
  return part.method === "POST" || part.method === "PATCH" ? withSessionToken(session, reply) : reply;
}

function tableOf(resource: Resource): Table | undefined {
  return "address" in resource ? resource.address.table : "table" in resource ? resource.table : undefined;
}

function answer(session: Session, call: Call, resource: Resource): PartReply {
  switch (resource.kind) {
    case "set":
      return onSet(session, call, resource.address);
    case "row":
      return onRow(session, call, resource.address);
    case "bound":
      return callBound(session, call, resource.address, resource.name);
    case "member":
      return call.part.method === "GET"
        ? readMember(session, call, resource.address, resource.segments)
        : answerMember(session, call, resource.address, resource.segments);
    case "count":
      return countRows(session, call, resource.table);
    case "unbound":
      return callUnbound(session, call, resource.name, resource.parameters);
    case "definitions":
      return answerDefinitions(session, call, resource.path);
    case "serviceDocument":
      return serviceDocument(session, call);
    case "csdl":
      return answerCsdl(session, call);
  }
}

function onSet(session: Session, call: Call, { table }: SetAddress): PartReply {
  switch (call.part.method) {
    case "GET":
      return listRows(session, call, table);
    case "POST":
      return createRow(session, call, table);
    default:
      throw notAllowed(call.part.method);
  }
}

function onRow(session: Session, call: Call, address: RowAddress): PartReply {
  switch (call.part.method) {
    case "GET":
      return showRow(session, call, inPartitionOfQuery(address, call.query));
    case "PATCH":
      return patchRow(session, call, address);
    case "DELETE":
      return deleteRow(session, call, inPartitionOfQuery(address, call.query));
    default:
      throw notAllowed(call.part.method);
  }
}

/** What follows the service root, still encoded, query included. */
function resourcePath(session: Session, url: string): string {
  if (url.length > urlCharactersMax) {
    throw new ServiceError(414, codes.http, "The request URI is too long.");
  }
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
