/** Rows written through a collection of another row: POST adds one, PUT puts others in place of the parties of an activity. */
import type { Session } from "../environment.ts";
import type { Collection } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { payloadError } from "../wire/errors.ts";
import { isObject } from "../wire/json-value.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent, notAllowed } from "../wire/reply.ts";
import { removeRow } from "./deletion.ts";
import { insertMember } from "./insert.ts";
import { parseBody } from "./payload.ts";
import { planNew } from "./plan.ts";
import type { Holder } from "./reference.ts";

const partyTable = "activityparty";

export function writeCollection(session: Session, call: Call, holder: Holder, collection: Collection): PartReply {
  const { method } = call.part;
  if (method === "POST") {
    return addMember(session, call, holder, collection);
  }
  if (method === "PUT" && collection.kind === "oneToMany" && collection.table === partyTable) {
    return replaceParties(session, call, holder, collection);
  }
  throw notAllowed(method);
}

function addMember(session: Session, call: Call, holder: Holder, collection: Collection): PartReply {
  const table = session.catalog.named(collection.table);
  const plan = planNew(session, table, parseBody(table, call.part.body));
  const row = insertMember(session, call.transaction, { ...holder, collection }, plan);
  return entityId(session, `${table.setName}(${row.id})`);
}

function replaceParties(
  session: Session,
  call: Call,
  holder: Holder,
  collection: Extract<Collection, { kind: "oneToMany" }>,
): PartReply {
  const table = session.catalog.named(collection.table);
  const column = table.byName.get(collection.column);
  const value = parseBody(table, call.part.body).get("value");
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw payloadError(table.setName, "Microsoft.OData.ODataException: An array named 'value' was expected.");
  }
  const plans = value.map((body) => planNew(session, table, body));
  const before = column === undefined ? [] : session.store.rows(table).referencing(column, holder.row.id);
  for (const party of before) {
    removeRow(session, call.transaction, table, party);
  }
  for (const plan of plans) {
    insertMember(session, call.transaction, { ...holder, collection }, plan);
  }
  return noContent();
}
