/** One entry of `columns` against schema and table: the attribute it writes and how, or the sentence that refuses it. */
import type { Field, Schema } from "../arrow/columns.ts";
import type { Attribute } from "./attributes.ts";
import { chooseCodec } from "./codecs.ts";
import { describeType, didYouMean } from "./describe.ts";
import { isLookup, resolveLookup } from "./lookups.ts";
import type { MappingContext, ResolvedColumn } from "./mapping-context.ts";
import { withMoneyDigits } from "./money.ts";
import type { ColumnRequest, PublishRequest } from "./request.ts";
import type { Table } from "./tables.ts";
import type { Codec } from "./value.ts";

export type { MappedTarget, MappingContext, ResolvedColumn } from "./mapping-context.ts";

interface Source {
  readonly index: number;
  readonly field: Field;
}

/** @returns the column, or what is wrong with it. */
export function resolveColumn(column: ColumnRequest, context: MappingContext): ResolvedColumn | string {
  const sources = findSources(column, context.schema);
  if (typeof sources === "string") return sources;
  const attribute = context.table.attributes.get(column.target);
  if (attribute === undefined) return unknownTarget(column, context.table);
  const refusal = refuseOptions(column, attribute) ?? refuseIgnored(attribute, context);
  if (refusal !== undefined) return refusal;
  const isKeyPart = inMatchKey(attribute, context.request);
  if (isKeyPart && column.lookup !== undefined && column.lookup.by.length > 0) {
    return `${column.target} is part of matchOn, where a lookup is named by the GUID it holds: leave "lookup" out`;
  }
  if (isLookup(attribute) && !isKeyPart) return lookupColumn(column, { attribute, sources, context });
  return valueColumn(column, { attribute, sources, context });
}

/** Whether it stands in the address of the row; an INSERT has none. */
export function inMatchKey(attribute: Attribute, request: PublishRequest): boolean {
  return request.mode !== "INSERT" && request.matchOn.includes(attribute.logicalName);
}

/** The codec of a single input column for an attribute, or the sentence that refuses it. */
export function columnCodec(
  field: Field,
  attribute: Attribute,
  options: Parameters<typeof chooseCodec>[2],
): Codec | string {
  const codec = chooseCodec(field, attribute, options);
  if (typeof codec !== "string") return codec;
  return `${field.name} (${describeType(field.type, field.children)}) cannot be sent to ${attribute.logicalName} (${attribute.typeName}): expected ${codec}`;
}

function findSources(column: ColumnRequest, schema: Schema): readonly Source[] | string {
  const sources: Source[] = [];
  for (const name of column.sources) {
    const index = schema.fields.findIndex((field) => field.name === name);
    const field = schema.fields[index];
    if (field === undefined) {
      const names = schema.fields.map((candidate) => candidate.name);
      return `there is no input column ${name} (for ${column.target}).${didYouMean(name, names)}`;
    }
    sources.push({ index, field });
  }
  return sources.length > 0 ? sources : `${column.target} is given no input column`;
}

function unknownTarget(column: ColumnRequest, table: Table): string {
  const hint = didYouMean(column.target, table.attributes.keys());
  return `${column.sources.join(", ")} maps to ${column.target}, which is no attribute of ${table.logicalName}.${hint}`;
}

function refuseOptions(column: ColumnRequest, attribute: Attribute): string | undefined {
  const target = attribute.logicalName;
  if (column.lookup?.tableFrom !== undefined) {
    return `${target}: "tableFrom", a lookup whose table differs from row to row, is not in this version; name one "table"`;
  }
  if (column.choice !== undefined && !isChoice(attribute)) {
    return `${target} is ${attribute.typeName}, no choice: leave "choice" out`;
  }
  if (column.lookup !== undefined && !isLookup(attribute)) {
    return `${target} is ${attribute.typeName}, no lookup: leave "lookup" out`;
  }
  if (column.sources.length > 1 && column.lookup === undefined) {
    return `${target} takes one input column, not ${column.sources.length}; only a lookup by a composite key takes several`;
  }
  return undefined;
}

function isChoice({ kind }: Attribute): boolean {
  return kind === "choice" || kind === "choices" || kind === "state" || kind === "status" || kind === "boolean";
}

/** The service drops what an operation may not write without an error, so such a target is refused here. */
function refuseIgnored(attribute: Attribute, context: MappingContext): string | undefined {
  const target = attribute.logicalName;
  if (inMatchKey(attribute, context.request)) return undefined;
  switch (context.request.mode) {
    case "INSERT":
      return attribute.validForCreate
        ? undefined
        : `${target} would be ignored: it cannot be set when a row is created`;
    case "UPDATE":
      return attribute.validForUpdate ? undefined : `${target} would be ignored: it cannot be changed by an update`;
    case "UPSERT":
      if (attribute.validForCreate && attribute.validForUpdate) return undefined;
      return `${target} would be ignored by half of the upserts: it can be set only ${attribute.validForUpdate ? "by an update" : attribute.validForCreate ? "when a row is created" : "by the service"}`;
    case "DELETE":
      return `${target} has no part in a DELETE, which sends only the key: take it out of "columns"`;
  }
}

interface Parts {
  readonly attribute: Attribute;
  readonly sources: readonly Source[];
  readonly context: MappingContext;
}

function lookupColumn(column: ColumnRequest, { attribute, sources, context }: Parts): ResolvedColumn | string {
  const lookup = resolveLookup({ column, sources, attribute, table: context.table, related: context.related });
  if (typeof lookup === "string") return lookup;
  return {
    request: column,
    attribute,
    property: lookup.property,
    lookup: { table: lookup.table, by: lookup.by },
    sources: sources.map((source) => source.index),
    bind: lookup.bind,
  };
}

function valueColumn(column: ColumnRequest, { attribute, sources, context }: Parts): ResolvedColumn | string {
  const [source] = sources;
  if (source === undefined) return `${column.target} is given no input column`;
  const { choice, timestamp } = column;
  const options = { excess: context.request.excess, naive: timestamp?.naive, choice };
  const codec = columnCodec(source.field, withMoneyDigits(attribute, context), options);
  if (typeof codec === "string") return codec;
  return {
    request: column,
    attribute,
    property: attribute.logicalName,
    sources: [source.index],
    bind: (batch) => {
      const bound = batch.columns[source.index];
      if (bound === undefined) throw new RangeError(`no column ${source.index} in the record batch`);
      return codec.json(bound);
    },
  };
}
