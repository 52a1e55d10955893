/**
 * Lookups: which tables a value can lead to, through which navigation property, and by what it names the row there. What cannot
 * work for any row is refused here.
 */

import { nothingFound } from "../keys/found.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { ColumnRequest } from "../request.ts";
import { didYouMean } from "../text/describe.ts";
import type { LookupContext, LookupTarget, ResolvedLookup } from "./lookup-context.ts";
import { lookupKey } from "./lookup-key.ts";
import { bindReferences } from "./reference.ts";

/** The metadata of each is read before the first row; a lookup to anything may have a hundred. */
const tablesMax = 16;

export function isLookup(attribute: Attribute): boolean {
  return attribute.kind === "lookup" || attribute.kind === "customer" || attribute.kind === "owner";
}

/** The tables that are asked for: one, or with `tableFrom` or for a party list also several, set apart by commas. */
export function namedTables(column: ColumnRequest | undefined): readonly string[] {
  const names = column?.lookup?.table?.split(",") ?? [];
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ""))];
}

/** The tables that a lookup can lead to as it is asked for: empty if that leaves a choice, or too many. */
export function lookupTargets(column: ColumnRequest | undefined, attribute: Attribute): readonly string[] {
  const named = namedTables(column);
  const tables = named.length > 0 ? named : attribute.targets;
  const most = column?.lookup?.tableFrom === undefined ? 1 : tablesMax;
  return tables.length > most ? [] : tables;
}

/** @returns the lookup, or what is wrong with it. */
export function resolveLookup(context: LookupContext): ResolvedLookup | string {
  const { column, sources, attribute } = context;
  const tableFrom = companion(context);
  if (typeof tableFrom === "string") return tableFrom;
  const names = lookupTargets(column, attribute);
  if (names.length === 0) return undecided(context);
  const targets: LookupTarget[] = [];
  const faults: string[] = [];
  for (const name of names) {
    const target = resolveTarget(context, name);
    if (typeof target === "string") faults.push(target);
    else targets.push(target);
  }
  const [first] = targets;
  if (faults.length > 0 || first === undefined) return faults.join("; ");
  const lookup = {
    attribute,
    sources: sources.map(({ index }) => index),
    targets,
    tableFrom,
    property: first.property,
  };
  return { ...lookup, bind: (batch, found = nothingFound) => bindReferences(lookup, batch, found) };
}

function undecided({ column, attribute }: LookupContext): string {
  const { logicalName, targets } = attribute;
  const named = namedTables(column);
  if (column.lookup?.tableFrom !== undefined) {
    const count = named.length === 0 ? `${targets.length}` : `${named.length}`;
    return `${logicalName} can point to ${count} tables, and "tableFrom" may choose among 1 to ${tablesMax}: name those that occur, as in "table": "account,contact"`;
  }
  if (named.length > 1) {
    return `${logicalName} is given several tables: name one, or with "tableFrom" the input column that tells each row's`;
  }
  const tables = targets.join(", ") || "several tables";
  return `${logicalName} can point to ${tables}: say which in "lookup": {"table": …}, or in "tableFrom" which input column tells it`;
}

function companion({ column, attribute, schema }: LookupContext): number | undefined | string {
  const name = column.lookup?.tableFrom;
  if (name === undefined) return undefined;
  const index = schema.fields.findIndex((field) => field.name === name);
  const field = schema.fields[index];
  if (field === undefined) {
    const names = schema.fields.map((candidate) => candidate.name);
    return `"tableFrom" of ${attribute.logicalName} names ${name}, which is no input column.${didYouMean(name, names)}`;
  }
  if (field.type.kind === "utf8" || field.type.kind === "null") return index;
  return `"tableFrom" of ${attribute.logicalName} names ${name}, which holds no text: names of tables are expected`;
}

function resolveTarget(context: LookupContext, name: string): LookupTarget | string {
  const { attribute } = context;
  if (attribute.targets.length > 0 && !attribute.targets.includes(name)) {
    return `${attribute.logicalName} cannot point to ${name}, only to ${attribute.targets.join(", ")}`;
  }
  const property = navigationProperty(context, name);
  if (property === undefined) {
    return `the service names no navigation property of ${attribute.logicalName} to ${name}`;
  }
  const table = name === context.table.logicalName ? context.table : context.related.get(name);
  if (table === undefined) {
    return `the table ${name} that ${attribute.logicalName} points to is not known: name the column in "columns"`;
  }
  const key = lookupKey(context, table);
  if (typeof key === "string") return key;
  return { ...key, table, by: key.parts.map((part) => part.attribute), property: `${property}@odata.bind` };
}

/** Owners are of two tables, but their relationship is with the table `owner` that stands for both. */
function navigationProperty(context: LookupContext, target: string): string | undefined {
  const properties = context.table.navigation.get(context.attribute.logicalName);
  const owner =
    context.attribute.kind === "owner" ? (properties?.get("owner") ?? context.attribute.logicalName) : undefined;
  return properties?.get(target) ?? owner;
}
