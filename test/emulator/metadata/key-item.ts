/** An alternate key as an EntityKeyMetadata. */
import { stableGuid } from "../core/stable-guid.ts";
import type { AlternateKey, Table } from "../schema/types.ts";
import type { Item } from "./item.ts";
import { label, managed } from "./item.ts";

export function keyId(table: Table, key: AlternateKey): string {
  return stableGuid(`${table.name}:${key.name}`);
}

export function keyItem(table: Table, key: AlternateKey): Item {
  return {
    type: "EntityKeyMetadata",
    base: {
      MetadataId: keyId(table, key),
      HasChanged: null,
      LogicalName: key.name.toLowerCase(),
      SchemaName: key.name,
      EntityLogicalName: table.name,
      KeyAttributes: key.columns.map((column) => column.name),
      EntityKeyIndexStatus: key.status,
      DisplayName: label(key.label),
      AsyncJob: null,
      IntroducedVersion: "1.0.0.0",
      IsCustomizable: managed(true, "iscustomizable"),
      IsExportKey: false,
      IsManaged: false,
      IsSecondaryKey: false,
      IsSynchronous: false,
    },
    extra: {},
    links: {},
  };
}
