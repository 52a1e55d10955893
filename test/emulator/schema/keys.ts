/** Alternate keys from their definitions, within the service's limits. */
import type { KeyDefinition } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";
import type { AlternateKey, Column, ColumnType } from "./types.ts";

export const keysMax = 10;
export const keyColumnsMax = 16;

const keyTypes: ReadonlySet<ColumnType> = new Set([
  ...(["text", "integer", "decimal", "datetime", "dateonly", "lookup", "choice"] as const),
  // Refused by the service's designer, taken by its API.
  ...(["bigint", "guid"] as const),
]);

/** Whether the service allows a column of this type in a key. */
export function mayBeInKey(column: Column): boolean {
  return keyTypes.has(column.type);
}

const statuses: ReadonlySet<string> = new Set(["Active", "Pending", "InProgress", "Failed"]);

export function buildKeys(
  table: string,
  definitions: Readonly<Record<string, readonly string[] | KeyDefinition>>,
  byName: ReadonlyMap<string, Column>,
): readonly AlternateKey[] {
  const keys = Object.entries(definitions).map(([name, form]) =>
    buildKey(`the key ${name} of ${table}`, name, "columns" in form ? form : { columns: form }, byName),
  );
  if (keys.length > keysMax) {
    throw new SchemaError(`${table} has ${keys.length} keys; ${keysMax} are allowed`);
  }
  return keys;
}

function buildKey(
  where: string,
  name: string,
  definition: KeyDefinition,
  byName: ReadonlyMap<string, Column>,
): AlternateKey {
  const { columns: names, label = name, status = "Active" } = definition;
  if (names.length === 0 || names.length > keyColumnsMax || new Set(names).size < names.length) {
    throw new SchemaError(`${where} must name 1 to ${keyColumnsMax} different columns`);
  }
  if (!statuses.has(status)) {
    throw new SchemaError(`${where} has the unknown status ${status}; known: ${[...statuses].join(", ")}`);
  }
  const columns = names.map((column) => {
    const found = byName.get(column);
    if (found === undefined) {
      throw new SchemaError(`${where} names the unknown column ${column}`);
    }
    if (!mayBeInKey(found)) {
      throw new SchemaError(`${where} names ${column}, whose type ${found.type} cannot be in a key`);
    }
    return found;
  });
  return { name, label, columns, custom: true, status };
}

/** The one key of an elastic table: a row's id and its partition. */
export function elasticKey(columns: readonly Column[]): AlternateKey {
  const name = "KeyForNoSqlEntityWithPKPartitionId";
  return { name, label: name, columns, custom: false, status: "Active" };
}
