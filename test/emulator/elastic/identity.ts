/** What tells one elastic row from another: its id, and its partition where that is not the id itself. */
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";

export const partitionColumn = "partitionid";

/** The name of a row among the rows of its table; of a standard table simply its id. */
export function rowIdentity(id: string, partition: Stored): string {
  return partition === null || partition === id ? id : `${id},${String(partition)}`;
}

const guidLength = 36;

/** The primary key within a row's identity. */
export function idOf(identity: string): string {
  return identity.length === guidLength ? identity : identity.slice(0, guidLength);
}

/** The identity of a new row; a row without a partition gets one of its own, named by its id. */
export function placeRow(table: Table, values: Stored[], id: string): string {
  const partition = table.kind === "elastic" ? table.byName.get(partitionColumn) : undefined;
  if (partition === undefined) {
    return id;
  }
  values[partition.ordinal] ??= id;
  return rowIdentity(id, values[partition.ordinal] ?? null);
}
