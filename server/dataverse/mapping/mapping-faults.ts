/** What a mapping as a whole can have wrong with it, beyond its single columns. */
import type { Schema } from "../../arrow/columns.ts";
import { findKey } from "../keys/match-key.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { ColumnRequest, PublishRequest } from "../request.ts";
import { elasticFaults } from "../rows/elastic.ts";
import type { MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import { rowVersionFaults } from "../rows/row-version.ts";
import { didYouMean } from "../text/describe.ts";
import { bulkMessages } from "../wire/bulk-body.ts";

/**
 * The request's columns; without any, each input column that is not ignored goes to the attribute of its name. A DELETE
 * sends only its key, so then only the columns of the key are taken and the rest of the frame is left where it is.
 */
export function requestedColumns(request: PublishRequest, schema: Schema): readonly ColumnRequest[] {
  if (request.columns.length > 0) return request.columns;
  const ignored = new Set([...request.ignore, request.rowVersion]);
  const wanted = new Set(request.matchOn);
  return schema.fields
    .filter(({ name }) => !ignored.has(name) && (request.mode !== "DELETE" || wanted.has(name)))
    .map(({ name }) => ({ sources: [name], target: name }));
}

export function mappingFaults(context: MappingContext, columns: readonly ResolvedColumn[]): readonly string[] {
  return [
    ...inputFaults(context),
    ...matchFaults(context),
    ...missingRequired(context, columns),
    ...elasticFaults(context, columns),
    ...rowVersionFaults(context),
    ...missingMessage(context),
  ];
}

/** Of the input columns, whatever the table is. */
export function inputFaults(context: MappingContext): readonly string[] {
  return [...twins(context), ...unmapped(context), ...unknownRowKey(context)];
}

function missingMessage({ request, table }: MappingContext): readonly string[] {
  const message = bulkMessages[request.mode];
  if (request.strategy !== "BULK") return [];
  if (request.columns.some(({ onlyOn }) => onlyOn !== undefined)) {
    return ['"strategy" is BULK, but bulk messages cannot tell a create from an update: use AUTO or BATCH with onlyOn'];
  }
  if (table.messages.has(message)) return [];
  return [`"strategy" is BULK, but ${table.logicalName} does not take ${message}: use AUTO or BATCH`];
}

function twins({ schema, request }: MappingContext): readonly string[] {
  const names = repeated(schema.fields.map((field) => field.name));
  const targets = repeated(request.columns.map((column) => column.target));
  return [
    ...names.map((name) => `two input columns are called ${name}: rename one`),
    ...targets.map((target) => `${target} is given twice in "columns": a row has one value for it`),
  ];
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** With `columns` given, an input column that it does not name must be in `ignore`: a forgotten one would be lost. */
function unmapped({ schema, request, table }: MappingContext): readonly string[] {
  if (request.columns.length === 0) return [];
  const used = new Set(
    request.columns.flatMap(({ sources, lookup, file }) => [
      ...sources,
      ...(file?.nameFrom === undefined ? [] : [file.nameFrom]),
      ...(lookup?.tableFrom === undefined ? [] : [lookup.tableFrom]),
    ]),
  );
  // A row key and a version have their use without being sent.
  const ignored = new Set([...request.ignore, ...request.rowKey, request.rowVersion]);
  const forgotten = schema.fields.filter(({ name }) => !used.has(name) && !ignored.has(name));
  const both = request.ignore.filter((name) => used.has(name));
  return [
    ...forgotten.map(({ name }) => {
      const twin = table.attributes.has(name) ? ` (${table.logicalName} has an attribute of that name)` : "";
      return `input column ${name} maps to nothing: add it to "columns" or to "ignore"${twin}`;
    }),
    ...both.map((name) => `input column ${name} is both in "columns" and in "ignore"`),
  ];
}

function unknownRowKey({ schema, request }: MappingContext): readonly string[] {
  const names = new Set(schema.fields.map((field) => field.name));
  return request.rowKey
    .filter((name) => !names.has(name))
    .map((name) => `rowKey names ${name}, which is no input column.${didYouMean(name, names)}`);
}

function matchFaults({ schema, request, table }: MappingContext): readonly string[] {
  const { mode, matchOn } = request;
  if (mode === "INSERT") return [];
  if (matchOn.length === 0) return [`${mode} needs matchOn: the primary key ${table.primaryId} or an alternate key`];
  const key = findKey(matchOn, table);
  if (typeof key === "string") return [`matchOn: ${key}`];
  const mapped = new Set(requestedColumns(request, schema).map((column) => column.target));
  return matchOn
    .filter((name) => !mapped.has(name))
    .map((name) => `matchOn names ${name}, but no input column maps to it`);
}

/** Only what the service surely does not fill: it gives ids, owners, states, defaults and numbers itself. */
function missingRequired({ request, table }: MappingContext, columns: readonly ResolvedColumn[]): readonly string[] {
  if (request.mode !== "INSERT") return [];
  const mapped = new Set(columns.map((column) => column.attribute.logicalName));
  const asked = new Set(request.columns.map((column) => column.target));
  return [...table.attributes.values()]
    .filter((attribute) => mustBeGiven(attribute))
    .filter(({ logicalName }) => !mapped.has(logicalName) && !asked.has(logicalName))
    .map(
      ({ logicalName }) => `${logicalName} is required for a new row of ${table.logicalName}, but nothing maps to it`,
    );
}

function mustBeGiven(attribute: Attribute): boolean {
  const isText = attribute.kind === "text" || attribute.kind === "memo";
  return isText && attribute.required && attribute.validForCreate && !attribute.autoNumber;
}
