/** POST, PATCH and DELETE of rows: from the request to the answer. */
import { idOf, rowPath } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { representation } from "../read/show.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { preferences } from "../wire/http.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent } from "../wire/reply.ts";
import { conditionOf } from "./condition.ts";
import { parseBody } from "./payload.ts";
import type { Written } from "./row.ts";
import { create, remove, upsert } from "./row.ts";

export function createRow(session: Session, call: Call, table: Table): PartReply {
  const row = create(session, call.transaction, table, parseBody(table, call.part.body));
  return written(session, call, table, { row, created: true, echo: `${table.setName}(${idOf(row.id)})` });
}

export function patchRow(session: Session, call: Call, address: RowAddress): PartReply {
  const { table, echo } = address;
  const body = parseBody(table, call.part.body);
  const result = upsert(session, call.transaction, address, { body, condition: conditionOf(call.part) });
  return written(session, call, table, { ...result, echo });
}

export function deleteRow(session: Session, call: Call, address: RowAddress): PartReply {
  remove(session, call.transaction, address, conditionOf(call.part));
  return noContent();
}

function written(
  session: Session,
  call: Call,
  table: Table,
  { row, created, echo }: Written & { readonly echo: string },
): PartReply {
  const contentId = call.part.headers["content-id"];
  if (contentId !== undefined) {
    session.references.set(contentId, rowPath(table, row.id));
  }
  const prefer = call.part.headers["prefer"];
  if (prefer === undefined || preferences(prefer).get("return") !== "representation") {
    return entityId(session, echo);
  }
  const reply = representation(session, created ? call : withoutExpand(call), table, row);
  const also = reply.headers["Preference-Applied"] === undefined ? [] : [reply.headers["Preference-Applied"]];
  return {
    ...reply,
    status: created ? 201 : 200,
    headers: { ...reply.headers, "Preference-Applied": ["return=representation", ...also].join(",") },
  };
}

/** The service shows related rows with a new row, not with a changed one. */
function withoutExpand(call: Call): Call {
  return { ...call, query: new Map([...call.query].filter(([name]) => name !== "$expand")) };
}
