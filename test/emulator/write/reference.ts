/** `$ref`: associating rows that exist, through single-valued and collection-valued navigation properties. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Reference } from "../rows/values.ts";
import type { Collection, Navigation, Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { payloadError } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, notAllowed } from "../wire/reply.ts";
import { resolveMember, resolveReference } from "./binding.ts";
import { link, unlink } from "./links.ts";
import { parseBody } from "./payload.ts";
import { update } from "./update.ts";

export interface Holder {
  readonly table: Table;
  readonly row: Row;
}

/** PUT and DELETE of `primarycontactid/$ref`. */
export function writeSingle(session: Session, call: Call, holder: Holder, navigation: Navigation): PartReply {
  const value = singleValue(session, call, holder, navigation);
  const sent = [{ column: navigation.column, value }].filter(({ column }) => column.updatable);
  update(session, call.transaction, { ...holder, sent, replace: false });
  return noContent();
}

function singleValue(session: Session, { part }: Call, { table }: Holder, navigation: Navigation): Reference | null {
  switch (part.method) {
    case "PUT":
      return resolveReference(session, navigation, odataId(table, part.body));
    case "DELETE":
      return null;
    default:
      throw notAllowed(part.method);
  }
}

/** POST of `contact_customer_accounts/$ref`; DELETE of it with `?$id=`, or of `contact_customer_accounts(<id>)/$ref`. `predicate`: what stands in the brackets. */
export function writeMember(
  session: Session,
  call: Call,
  { table, row }: Holder,
  { collection, predicate }: { readonly collection: Collection; readonly predicate: string | undefined },
): PartReply {
  const { part, query, transaction } = call;
  const side = { table, row, collection };
  if (part.method === "POST" && predicate === undefined) {
    link(session, transaction, side, resolveMember(session, collection, odataId(table, part.body)));
    return noContent();
  }
  const setName = session.catalog.named(collection.table).setName;
  const uri = predicate === undefined ? query.get("$id") : `${setName}(${encodeURIComponent(predicate)})`;
  if (part.method !== "DELETE" || uri === undefined) {
    throw notAllowed(part.method);
  }
  unlink(session, transaction, side, resolveMember(session, collection, uri));
  return noContent();
}

function odataId(table: Table, text: string): string {
  const id = parseBody(table, text).get("@odata.id");
  if (typeof id !== "string") {
    throw payloadError(
      table.setName,
      "Microsoft.OData.ODataException: The entity reference link has no '@odata.id' that is a text.",
    );
  }
  return id;
}
