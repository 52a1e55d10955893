/** Alternate keys made and deleted through `…/Keys`. The index of a new key takes the time of a setting; then it is active, or failed if rows violate it. */
import type { Session } from "../environment.ts";
import { withKeys } from "../schema/alter.ts";
import { isCustom } from "../schema/build.ts";
import { keyColumnsMax, keysMax, mayBeInKey } from "../schema/keys.ts";
import type { AlternateKey, Column, Table } from "../schema/types.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent } from "../wire/reply.ts";
import type { Body } from "./body.ts";
import { refuseUnknown } from "./body.ts";
import { redefine } from "./change.ts";
import { buildKeyIndexes } from "./key-index.ts";
import { keyId } from "./key-item.ts";
import { badEntityKey, badPrefix, duplicateEntityKey, keyTooLong, onlyFailedKeys, sameEntityKey } from "./refusals.ts";

const properties: ReadonlySet<string> = new Set([
  ...["SchemaName", "LogicalName", "DisplayName", "KeyAttributes", "EntityLogicalName", "EntityKeyIndexStatus"],
  ...["MetadataId", "IntroducedVersion", "IsCustomizable", "IsManaged", "AsyncJob", "HasChanged", "IsExportKey"],
  ...["IsSynchronous", "IsSecondaryKey"],
]);

/** `address`: the table as the URL names it, for the answer. */
export function createKey(session: Session, table: Table, body: Body, address: string): PartReply {
  refuseUnknown(body, properties);
  const name = body.text("SchemaName") ?? "";
  if (!isCustom(name)) {
    throw badPrefix(name, "EntityKey");
  }
  const columns = keyColumns(table, name, body.texts("KeyAttributes"));
  const label = body.label("DisplayName")?.text ?? name;
  const key: AlternateKey = { name, label, columns, custom: true, status: "Pending" };
  startIndex(session, withKeys(table, [...table.keys, key]), name);
  return entityId(session, `${address}/Keys(${keyId(table, key)})`);
}

function startIndex(session: Session, table: Table, key: string): void {
  redefine(session, table);
  const { time } = session.origin;
  session.catalog.pendingKeys.push({ table: table.name, key, due: time + session.settings.keyIndexMs });
  buildKeyIndexes(session, time);
}

/** `ReactivateEntityKey`: once more, after the rows have been put right. */
export function reactivateKey(session: Session, body: Body): void {
  const table = session.catalog.named(body.text("EntityLogicalName") ?? "");
  const name = body.text("EntityKeyLogicalName") ?? "";
  const key = table.keys.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (key === undefined) {
    throw badEntityKey(`The entity ${table.name} has no key ${name}.`);
  }
  if (key.status !== "Failed") {
    throw onlyFailedKeys();
  }
  const waiting = { ...key, status: "Pending" } as const;
  startIndex(
    session,
    withKeys(
      table,
      table.keys.map((one) => (one === key ? waiting : one)),
    ),
    key.name,
  );
}

function keyColumns(table: Table, name: string, names: readonly string[]): readonly Column[] {
  if (table.kind === "elastic") {
    throw badEntityKey("Custom alternate keys are not supported on elastic tables.");
  }
  if (table.keys.some((key) => key.name.toLowerCase() === name.toLowerCase())) {
    throw duplicateEntityKey(name, table.name);
  }
  if (table.keys.length >= keysMax) {
    throw badEntityKey(`The entity ${table.name} has ${keysMax} keys already.`);
  }
  if (names.length === 0 || names.length > keyColumnsMax || new Set(names).size < names.length) {
    throw badEntityKey(`A key has 1 to ${keyColumnsMax} different attributes.`);
  }
  const columns = names.map((column) => {
    const found = table.byName.get(column);
    if (found === undefined || !mayBeInKey(found)) {
      throw badEntityKey(`The attribute ${column} of ${table.name} cannot be part of a key.`);
    }
    return found;
  });
  if (
    table.keys.some((key) => key.columns.length === columns.length && columns.every((one) => key.columns.includes(one)))
  ) {
    throw sameEntityKey();
  }
  if (columns.reduce((sum, column) => sum + bytesOf(column), 0) > bytesMax) {
    throw keyTooLong();
  }
  return columns;
}

/** What an index of the database holds. */
const bytesMax = 900;

function bytesOf(column: Column): number {
  switch (column.type) {
    case "text":
      return column.maxLength * 2;
    case "guid":
    case "lookup":
      return 16;
    case "decimal":
      return 13;
    case "datetime":
    case "dateonly":
    case "bigint":
      return 8;
    default:
      return 4;
  }
}

export function deleteKey(session: Session, table: Table, key: AlternateKey): PartReply {
  if (!key.custom) {
    throw badEntityKey(`The key ${key.name} cannot be deleted.`);
  }
  redefine(
    session,
    withKeys(
      table,
      table.keys.filter((other) => other !== key),
    ),
  );
  return noContent();
}
