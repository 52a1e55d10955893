/** What tells one elastic row from another: its id, and its partition where that is not the id itself. */
import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";

/** Of UTF-8: a text of fewer characters may be longer. */
const partitionBytesMax = 1024;

export const partitionColumn = "partitionid";

/** The name of a row among the rows of its table; of a standard table simply its id. */
export function rowIdentity(id: string, partition: Stored): string {
  return partition === null || partition === "" || partition === id ? id : `${id},${String(partition)}`;
}

const guidLength = 36;

/** The primary key within a row's identity. */
export function idOf(identity: string): string {
  return identity.length === guidLength ? identity : identity.slice(0, guidLength);
}

/** The partition within an identity, where it is not the id itself. */
export function partitionOf(identity: string): string | undefined {
  return identity.length === guidLength ? undefined : identity.slice(guidLength + 1);
}

/** The identity of a new row; a row without a partition gets one of its own, named by its id. */
export function placeRow(table: Table, values: Stored[], id: string): string {
  const partition = table.kind === "elastic" ? table.byName.get(partitionColumn) : undefined;
  if (partition === undefined) {
    return id;
  }
  const chosen = values[partition.ordinal] ?? id;
  values[partition.ordinal] = chosen;
  if (Buffer.byteLength(String(chosen)) > partitionBytesMax) {
    throw new ServiceError(
      400,
      codes.textTooLong,
      `The partition of a row is at most ${partitionBytesMax} bytes long.`,
    );
  }
  return rowIdentity(id, chosen);
}

/** The values of the columns that an identity consists of. */
export function identityAssignments(table: Table, identity: string): readonly Assignment[] {
  const id = { column: table.primaryId, value: idOf(identity) };
  const partition = partitionOf(identity);
  const column = partition === undefined ? undefined : table.byName.get(partitionColumn);
  return column === undefined || partition === undefined ? [id] : [id, { column, value: partition }];
}

/** How a URL below the service root names the row. */
export function rowPath(table: Table, identity: string): string {
  const partition = partitionOf(identity);
  return partition === undefined
    ? `${table.setName}(${identity})`
    : `${table.setName}(${table.primaryId.name}=${idOf(identity)},${partitionColumn}=${encodeURIComponent(`'${partition.replaceAll("'", "''")}'`)})`;
}
