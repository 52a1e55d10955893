/** Writes that were checked against the rows as they are, and not done yet: all lookups in them are resolved. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Reference, Stored } from "../rows/values.ts";
import type { Collection, Column, Table } from "../schema/types.ts";
import { payloadError } from "../wire/errors.ts";
import type { JsonObject } from "../wire/json-value.ts";
import type { Payload } from "./payload.ts";
import { readPayload } from "./payload.ts";

export interface NewRow {
  readonly table: Table;
  readonly assignments: readonly Assignment[];
  /** Columns by which the URL named the row. */
  readonly named: readonly Column[];
  /** Rows that come first because this one points to them. */
  readonly related: readonly { readonly column: Column; readonly row: NewRow }[];
  /** Rows that come after because they point to this one. */
  readonly members: readonly NewMembers[];
}

export interface NewMembers {
  readonly collection: Collection;
  readonly bound: readonly Reference[];
  readonly nested: readonly NewRow[];
}

export interface Change {
  readonly table: Table;
  readonly row: Row;
  readonly sent: readonly Assignment[];
  /** Columns left out lose their value: an upsert of an elastic table. */
  readonly replace: boolean;
}

/** A row as it would be stored. */
export interface Candidate {
  readonly table: Table;
  readonly id: string;
  readonly values: readonly Stored[];
  /** What the request itself assigns. */
  readonly sent: readonly Assignment[];
}

export type Plan = ({ readonly kind: "create" } & NewRow) | ({ readonly kind: "update" } & Change);

/** Rows within rows. Nobody is known to send more than three levels. */
const depthMax = 10;

/** Throws the service's refusal of the body. */
export function planNew(session: Session, table: Table, body: JsonObject, depth = 0): NewRow {
  if (depth > depthMax) {
    throw payloadError(table.setName, `Rows are nested more than ${depthMax} levels deep.`);
  }
  const payload = readPayload({ session, table, operation: "create" }, body);
  return { table, named: [], assignments: payload.assignments, ...planNested(session, payload, depth + 1) };
}

const alone: Pick<NewRow, "related" | "members"> = { related: [], members: [] };

function planNested(session: Session, { related, members }: Payload, depth: number): typeof alone {
  if (related.length === 0 && members.length === 0) {
    return alone;
  }
  return {
    related: related.map(({ column, table, body }) => ({ column, row: planNew(session, table, body, depth) })),
    members: members.map(({ collection, bound, nested }) => {
      const table = session.catalog.named(collection.table);
      return { collection, bound, nested: nested.map((body) => planNew(session, table, body, depth)) };
    }),
  };
}
