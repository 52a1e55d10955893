/** One entry of `columns` against schema and table: the attribute it writes and how, or the sentence that refuses it. */
import type { Field, Schema } from "../../arrow/columns.ts";
import { isLookup, resolveLookup } from "../lookups/lookups.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import { resolveFile } from "../plans/plan-file.ts";
import type { ColumnRequest, PublishRequest } from "../request.ts";
import type { MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import { describeType, didYouMean } from "../text/describe.ts";
import type { Codec } from "../text/value.ts";
import { chooseCodec } from "../values/codecs.ts";
import { withMoneyDigits } from "./money.ts";
import { partyCollection, resolveParties } from "./party-list.ts";

interface Source {
  readonly index: number;
  readonly field: Field;
}

/** @returns the column, or what is wrong with it. */
export function resolveColumn(column: ColumnRequest, context: MappingContext): ResolvedColumn | string {
  const sources = findSources(column, context.schema);
  if (typeof sources === "string") return sources;
  const attribute = attributeOf(column.target, context.table);
  if (attribute === undefined) return unknownTarget(column, context.table);
  const refusal =
    refuseOptions(column, attribute) ??
    refuseOneSided(column, attribute, context) ??
    refuseKeyLookup(column, attribute, context);
  if (refusal !== undefined) return refusal;
  if (attribute.kind === "file") return fileColumn(column, attribute, context);
  const ignored = refuseIgnored(column, attribute, context);
  if (ignored !== undefined) return ignored;
  const isKeyPart = inMatchKey(attribute, context.request);
  const [source] = sources;
  if (attribute.kind === "partylist" && source !== undefined) {
    return resolveParties(column, { attribute, source, context });
  }
  if (isLookup(attribute) && !isKeyPart) return lookupColumn(column, { attribute, sources, context });
  return valueColumn(column, { attribute, sources, context });
}

/** An attribute of the table, or the collection of its parties. */
export function attributeOf(target: string, table: Table): Attribute | undefined {
  return table.attributes.get(target) ?? partyCollection(target, table);
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

/** @returns the input columns, or what is wrong with them. */
export function findSources(column: ColumnRequest, schema: Schema): readonly Source[] | string {
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
  if (column.choice !== undefined && !isChoice(attribute)) {
    return `${target} is ${attribute.typeName}, no choice: leave "choice" out`;
  }
  if (column.file !== undefined && attribute.kind !== "file") {
    return `${target} is ${attribute.typeName}, no file: leave "file" out`;
  }
  if (column.lookup !== undefined && !isLookup(attribute) && attribute.kind !== "partylist") {
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

function refuseKeyLookup({ lookup }: ColumnRequest, attribute: Attribute, context: MappingContext): string | undefined {
  if (lookup === undefined || !inMatchKey(attribute, context.request)) return undefined;
  if (lookup.by.length === 0 && lookup.tableFrom === undefined) return undefined;
  return `${attribute.logicalName} is part of matchOn, where a lookup is named by the GUID it holds: leave "by" and "tableFrom" out`;
}

function refuseOneSided({ onlyOn }: ColumnRequest, attribute: Attribute, context: MappingContext): string | undefined {
  const target = attribute.logicalName;
  if (onlyOn === undefined) return undefined;
  if (context.request.mode !== "UPSERT") return `${target}: "onlyOn" is for UPSERT, where a row is created or updated`;
  return inMatchKey(attribute, context.request) ? `${target} is part of matchOn: leave "onlyOn" out` : undefined;
}

/** The service drops what an operation may not write without an error, so such a target is refused here. */
function refuseIgnored(column: ColumnRequest, attribute: Attribute, context: MappingContext): string | undefined {
  const target = attribute.logicalName;
  if (inMatchKey(attribute, context.request)) return undefined;
  // A state that a new row cannot be given is set right after.
  const canWait = attribute.kind === "state" || attribute.kind === "status";
  const create = attribute.validForCreate || (canWait && attribute.validForUpdate);
  const update = attribute.validForUpdate;
  switch (context.request.mode) {
    case "INSERT":
      return create ? undefined : `${target} would be ignored: it cannot be set when a row is created`;
    case "UPDATE":
      return update ? undefined : `${target} would be ignored: it cannot be changed by an update`;
    case "UPSERT":
      if ((create || column.onlyOn === "UPDATE") && (update || column.onlyOn === "CREATE")) return undefined;
      return `${target} would be ignored by half of the upserts: ${whichSide(attribute)}`;
    case "DELETE":
      return `${target} has no part in a DELETE, which sends only the key: take it out of "columns"`;
  }
}

function whichSide({ validForCreate, validForUpdate }: Attribute): string {
  if (validForUpdate) return 'it can be set only by an update: say "onlyOn": "UPDATE"';
  if (validForCreate) return 'it can be set only when a row is created: say "onlyOn": "CREATE"';
  return "it can be set only by the service";
}

function fileColumn(
  column: ColumnRequest,
  attribute: Attribute,
  { schema, request }: MappingContext,
): ResolvedColumn | string {
  const file = resolveFile(column, attribute, { fields: schema.fields, request });
  if (typeof file === "string") return file;
  const { source, nameSource } = file;
  return {
    request: column,
    attribute,
    property: attribute.logicalName,
    file,
    sources: nameSource === undefined ? [source] : [source, nameSource],
    bind: () => () => undefined,
  };
}

interface Parts {
  readonly attribute: Attribute;
  readonly sources: readonly Source[];
  readonly context: MappingContext;
}

function lookupColumn(column: ColumnRequest, { attribute, sources, context }: Parts): ResolvedColumn | string {
  const { schema, table, related } = context;
  const reference = resolveLookup({ column, sources, attribute, schema, table, related });
  if (typeof reference === "string") return reference;
  const { property, bind } = reference;
  return { request: column, attribute, property, reference, sources: reference.sources, bind };
}

function valueColumn(column: ColumnRequest, { attribute, sources, context }: Parts): ResolvedColumn | string {
  const [source] = sources;
  if (source === undefined) return `${column.target} is given no input column`;
  const { choice, timestamp } = column;
  const options = { excess: context.request.excess, naive: timestamp?.naive, choice };
  const codec = columnCodec(source.field, withMoneyDigits(attribute, context), options);
  if (typeof codec === "string") return codec;
  const { json, unquoted } = codec;
  return {
    request: column,
    attribute,
    property: attribute.logicalName,
    sources: [source.index],
    isUnquoted: unquoted !== undefined,
    bind: (batch) => {
      const bound = batch.columns[source.index];
      if (bound === undefined) throw new RangeError(`no column ${source.index} in the record batch`);
      return (unquoted ?? json)(bound);
    },
  };
}
