/** Lookups: which row of which table a value names, written as the URL that `@odata.bind` takes. */
import type { Field, RecordBatch } from "../arrow/columns.ts";
import type { KeyPart } from "./address.ts";
import { bindAddress } from "./address.ts";
import type { Attribute } from "./attributes.ts";
import { chooseCodec } from "./codecs.ts";
import { describeType } from "./describe.ts";
import { findKey, isKeyable } from "./match-key.ts";
import type { ColumnRequest } from "./request.ts";
import type { Table } from "./tables.ts";
import type { WriteValue } from "./value.ts";

export interface Lookup {
  /** The table that is pointed to. */
  readonly table: Table;
  /** Attributes of that table which name the row: its primary key or an alternate key. */
  readonly by: readonly Attribute[];
}

export interface ResolvedLookup extends Lookup {
  /** JSON name, case-sensitive: `<navigation property>@odata.bind`. */
  readonly property: string;
  readonly bind: (batch: RecordBatch) => WriteValue;
}

/** What a lookup is resolved from: its input columns, its attribute, the tables that are known. */
export interface LookupContext {
  readonly column: ColumnRequest;
  readonly sources: readonly { readonly index: number; readonly field: Field }[];
  readonly attribute: Attribute;
  readonly table: Table;
  readonly related: ReadonlyMap<string, Table>;
}

export function isLookup(attribute: Attribute): boolean {
  return attribute.kind === "lookup" || attribute.kind === "customer" || attribute.kind === "owner";
}

/** The table that a lookup points to: as asked, else the only one that it can; undefined if that leaves a choice. */
export function lookupTarget(column: ColumnRequest | undefined, attribute: Attribute): string | undefined {
  return column?.lookup?.table ?? (attribute.targets.length === 1 ? attribute.targets[0] : undefined);
}

/** @returns the lookup, or what is wrong with it. */
export function resolveLookup(context: LookupContext): ResolvedLookup | string {
  const { column, attribute } = context;
  const target = lookupTarget(column, attribute);
  const tables = attribute.targets.join(", ");
  if (target === undefined) {
    return `${attribute.logicalName} can point to ${tables || "several tables"}: say which in "lookup": {"table": …}`;
  }
  if (attribute.targets.length > 0 && !attribute.targets.includes(target)) {
    return `${attribute.logicalName} cannot point to ${target}, only to ${tables}`;
  }
  const property = navigationProperty(context, target);
  if (property === undefined) {
    return `the service names no navigation property of ${attribute.logicalName} to ${target}`;
  }
  const table = target === context.table.logicalName ? context.table : context.related.get(target);
  if (table === undefined) {
    return `the table ${target} that ${attribute.logicalName} points to is not known: name the column in "columns"`;
  }
  const parts = keyParts(context, table);
  if (typeof parts === "string") return parts;
  const primary = parts.length === 1 && parts[0]?.attribute.logicalName === table.primaryId;
  return {
    table,
    by: parts.map((part) => part.attribute),
    property: `${property}@odata.bind`,
    bind: (batch) => bindReference(table, { parts, primary, batch }),
  };
}

/** Owners are of two tables, but their relationship is with the table `owner` that stands for both. */
function navigationProperty(context: LookupContext, target: string): string | undefined {
  const properties = context.table.navigation.get(context.attribute.logicalName);
  const owner =
    context.attribute.kind === "owner" ? (properties?.get("owner") ?? context.attribute.logicalName) : undefined;
  return properties?.get(target) ?? owner;
}

function keyParts(context: LookupContext, table: Table): readonly KeyPart[] | string {
  const { column, sources, attribute } = context;
  const by = column.lookup === undefined || column.lookup.by.length === 0 ? [table.primaryId] : column.lookup.by;
  const key = findKey(by, table);
  if (typeof key === "string") return `the lookup ${attribute.logicalName} goes by a key that cannot serve: ${key}`;
  if (key.kind === "business") return `the lookup ${attribute.logicalName} goes by what is no key of ${table.logicalName}`;
  if (by.length !== sources.length) {
    return `the lookup ${attribute.logicalName} goes by ${by.join(", ")} and needs as many sources; it has ${sources.length}`;
  }
  const parts: KeyPart[] = [];
  for (const [position, { index, field }] of sources.entries()) {
    const part = table.attributes.get(by[position] ?? "");
    if (part === undefined || !isKeyable(part)) return `${by[position]} of ${table.logicalName} cannot stand in a key`;
    const codec = chooseCodec(field, part, { excess: "REFUSE", naive: column.timestamp?.naive });
    if (typeof codec === "string") {
      return `${field.name} (${describeType(field.type)}) cannot name a row by ${part.logicalName}: expected ${codec}`;
    }
    parts.push({ attribute: part, source: index, codec });
  }
  return parts;
}

function bindReference(
  table: Table,
  key: { readonly parts: readonly KeyPart[]; readonly primary: boolean; readonly batch: RecordBatch },
): WriteValue {
  const opening = Buffer.from(`"/${table.entitySetName}`);
  const address = bindAddress(key.parts, key.primary, key.batch);
  return (row, out) => {
    out.raw(opening);
    const flaw = address(row, out);
    out.byte(0x22);
    return flaw === undefined ? undefined : `a reference to ${table.logicalName} whose ${flaw.column} is ${flaw.is}`;
  };
}
