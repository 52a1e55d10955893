/** Addresses of elastic rows: where a URL or a body names the partition besides the id. */
import type { RowAddress } from "../wire/address.ts";
import type { JsonObject } from "../wire/json-value.ts";
import type { Query } from "../wire/query.ts";
import { idOf, partitionColumn, partitionOf, rowIdentity } from "./identity.ts";

/** The row of an upsert: the body's partition counts where the URL names none. */
export function inPartitionOfBody(address: RowAddress, body: JsonObject): RowAddress {
  const partition = address.table.kind === "elastic" ? body.get(partitionColumn) : undefined;
  return typeof partition === "string" ? inPartition(address, partition) : address;
}

/** The row of a GET or DELETE with `?partitionId='…'`; the documentation quotes the value, clients may not. */
export function inPartitionOfQuery(address: RowAddress, query: Query): RowAddress {
  const partition = address.table.kind === "elastic" ? query.get("partitionId") : undefined;
  return partition === undefined ? address : inPartition(address, unquoted(partition));
}

function inPartition(address: RowAddress, partition: string): RowAddress {
  return address.kind === "id" && partitionOf(address.id) === undefined
    ? { ...address, id: rowIdentity(idOf(address.id), partition) }
    : address;
}

function unquoted(text: string): string {
  return /^'.*'$/s.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text;
}
