/** Many-to-many relationships: each is a table of its own, whose rows are the links. */
import { assemble } from "./assemble.ts";
import { buildColumn } from "./column.ts";
import type { ManyToManyDefinition } from "./definition.ts";
import type { Column, Link, Table } from "./types.ts";

export interface LinkDefinition {
  readonly relationship: string;
  /** Logical name of the table that declares it, and of the other. */
  readonly from: string;
  readonly definition: ManyToManyDefinition;
  readonly objectTypeCode: number;
  readonly custom: boolean;
}

export function buildIntersect({ relationship, from, definition, objectTypeCode, custom }: LinkDefinition): Table {
  const schemaName = definition.intersect ?? relationship;
  const name = schemaName.toLowerCase();
  const link = linkOf(relationship, from, definition);
  const column = (columnName: string, ordinal: number, own = {}): Column =>
    buildColumn(
      { table: name, name: columnName, ordinal, custom: false, choices: {} },
      { type: "guid", create: false, update: false, ...own },
    );
  const primaryId = column(`${name}id`, 0, { required: "SystemRequired" });
  return assemble({
    name,
    schemaName,
    setName: name.endsWith("s") ? `${name}collection` : `${name}set`,
    label: schemaName,
    collectionLabel: schemaName,
    description: "",
    custom,
    objectTypeCode,
    primaryId,
    primaryName: primaryId.name,
    columns: [
      primaryId,
      column(link.first.column, 1),
      column(link.second.column, 2),
      column("versionnumber", 3, { type: "bigint" }),
    ],
    width: 4,
    collections: new Map(),
    kind: "intersect",
    owned: false,
    ownership: "None",
    changeTracking: false,
    bulk: false,
    notes: false,
    activities: false,
    keys: [],
    duplicateRules: [],
    refusals: [],
    primaryImage: undefined,
    link,
  });
}

function linkOf(relationship: string, from: string, definition: ManyToManyDefinition): Link {
  const self = definition.table === from;
  const side = (table: string, own: string | undefined, role: "one" | "two"): Link["first"] => ({
    table,
    column: self ? `${table}id${role}` : `${table}id`,
    collection: own ?? (self ? `${role === "one" ? "Referencing" : "Referenced"}${relationship}` : relationship),
  });
  return {
    relationship,
    first: side(from, definition.collection, "one"),
    second: side(definition.table, definition.other_collection, "two"),
  };
}
