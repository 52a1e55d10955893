/** Messages bound to a table: the bulk messages. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import type { Table } from "../schema/types.ts";
import type { Address } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { codes, ServiceError, unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, notAllowed, ok } from "../wire/reply.ts";
import { createMultiple, updateMultiple, upsertMultiple } from "./bulk.ts";
import type { BulkMessage } from "./bulk-message.ts";
import { isBulkMessage } from "./bulk-message.ts";
import { partialMultiple } from "./partial.ts";
import { readTargets } from "./targets.ts";

export function callBound(session: Session, call: Call, address: Address, name: string): PartReply {
  if (!isBulkMessage(name) || address.kind !== "set") {
    throw unknownSegment(`Microsoft.Dynamics.CRM.${name}`);
  }
  if (call.part.method !== "POST") {
    throw notAllowed(call.part.method);
  }
  const { table } = address;
  checkSupport(table, name);
  const targets = readTargets(table, name, call.part.body);
  session.ledger.reserve(targets.length);
  if (table.kind === "elastic") {
    const ids = partialMultiple(session, call, table, { message: name, targets });
    return name === "CreateMultiple" ? idsReply(session, ids) : noContent();
  }
  switch (name) {
    case "CreateMultiple":
      return idsReply(session, createMultiple(session, call, table, targets));
    case "UpdateMultiple":
      updateMultiple(session, call, table, targets);
      return noContent();
    case "UpsertMultiple":
      upsertMultiple(session, call, table, targets);
      return noContent();
    case "DeleteMultiple":
      throw new ServiceError(400, codes.unsupportedMessage, "DeleteMultiple has not yet been implemented.");
  }
}

function checkSupport(table: Table, message: BulkMessage): void {
  if (table.kind === "intersect") {
    throw new ServiceError(
      400,
      codes.unsupportedMessage,
      `The '${message}' method does not support entities of type '${table.name}'. MessageProcessorCache returned MessageProcessor.Empty.`,
    );
  }
  if (!table.bulk && table.kind !== "elastic" && message !== "DeleteMultiple") {
    throw new ServiceError(400, codes.unsupportedMessage, `${message} is not enabled on the entity ${table.name}.`);
  }
}

function idsReply(session: Session, ids: readonly string[]): PartReply {
  const context = `${session.settings.url}${serviceRoot}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse`;
  // GUIDs hold nothing that JSON would escape.
  const list = ids.length === 0 ? "[]" : `["${ids.join('","')}"]`;
  return ok(`{"@odata.context":${JSON.stringify(context)},"Ids":${list}}`);
}
