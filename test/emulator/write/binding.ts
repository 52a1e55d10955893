/** URLs in a body that name rows: bound lookups, `@odata.id`, `$1` of a change set. */
import { idOf } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Reference } from "../rows/values.ts";
import type { Collection, Navigation, Table } from "../schema/types.ts";
import { parseAddress } from "../wire/address.ts";
import { codes, missingByKey, missingRow, payloadError, ServiceError } from "../wire/errors.ts";

/** The row that a bound URL names, as a value of the lookup. Throws if there is none, or if the property cannot hold it. */
export function resolveReference(session: Session, navigation: Navigation, uri: string): Reference {
  const { table, row } = resolveRow(session, uri);
  checkTarget(navigation, table);
  return { table: table.name, id: idOf(row.id) };
}

function checkTarget(navigation: Navigation, table: Table): void {
  if (!navigation.targets.includes(table.name)) {
    throw new ServiceError(
      400,
      codes.payload,
      `A row of ${table.name} cannot be bound to '${navigation.column.name}'; it takes ${navigation.targets.join(", ")}.`,
    );
  }
}

/** Like `resolveReference` for a row that a collection shall hold. */
export function resolveMember(session: Session, collection: Collection, uri: string): Reference {
  const { table, row } = resolveRow(session, uri);
  if (table.name !== collection.table) {
    throw new ServiceError(
      400,
      codes.payload,
      `A row of ${table.name} cannot be in '${collection.name}'; it takes ${collection.table}.`,
    );
  }
  return { table: table.name, id: row.id };
}

/** The row that a URL names: absolute, below the service root, or `$1`. Throws if there is none. */
function resolveRow(session: Session, uri: string): { readonly table: Table; readonly row: Row } {
  const address = parseAddress(session.catalog, pathBelowRoot(session, uri), session.settings);
  const { table } = address;
  const rows = session.store.rows(table);
  switch (address.kind) {
    case "set":
      throw payloadError(table.setName, `The bound URL '${uri}' names no row.`);
    case "id": {
      const row = rows.get(address.id);
      if (row === undefined) {
        throw missingRow(table.name, address.id, session.settings.missingIdStatus);
      }
      return { table, row };
    }
    case "key": {
      const row = rows.find(address.key, address.parts);
      if (row === undefined) {
        throw missingByKey(table.name, session.settings.missingKeyStatus);
      }
      return { table, row };
    }
  }
}

/** Whether the URI is absolute, rooted, relative or `$1`. */
export function pathBelowRoot(session: Session, uri: string): string {
  if (uri.startsWith("$")) {
    return contentReference(session, uri.slice(1));
  }
  return uri.replace(/^https?:\/\/[^/]+/i, "").replace(/^\/(api\/data\/v9\.\d\/)?/, "");
}

/** The address of the row that an earlier operation of the change set wrote under this Content-ID. */
export function contentReference(session: Session, id: string): string {
  const address = session.references.get(id);
  if (address === undefined) {
    throw new ServiceError(400, codes.payload, `Content-ID Reference: '$${id}' does not exist in the batch context.`);
  }
  return address;
}
