/** A write's JSON body, checked property by property: assignments to columns, rows in place of bound URLs, rows for collections. */
import type { Session } from "../environment.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Reference } from "../rows/values.ts";
import { readValue } from "../rows/values.ts";
import type { Collection, Column, Navigation, Table } from "../schema/types.ts";
import { codes, conversionError, deepUpdate, payloadError, ServiceError } from "../wire/errors.ts";
import { parseJson } from "../wire/json.ts";
import type { Json, JsonObject } from "../wire/json-value.ts";
import { isObject, NumberText } from "../wire/json-value.ts";
import { resolveMember, resolveReference } from "./binding.ts";
import type { WriteOperation } from "./plain-columns.ts";
import { isValidFor, plainColumns } from "./plain-columns.ts";

const bindSuffix = "@odata.bind";

/** Throws if the text is no JSON object. */
export function parseBody({ setName }: Pick<Table, "setName">, text: string): JsonObject {
  let body: Json;
  try {
    body = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw payloadError(setName, `Newtonsoft.Json.JsonReaderException: ${error.message}`);
    }
    throw error;
  }
  if (!isObject(body)) {
    throw payloadError(setName, "Microsoft.OData.ODataException: A JSON object was expected.");
  }
  return body;
}

export interface Reading {
  readonly session: Session;
  readonly table: Table;
  readonly operation: WriteOperation;
}

/** A row that the body holds in place of a bound URL. */
export interface Related {
  readonly column: Column;
  readonly table: Table;
  readonly body: JsonObject;
}

/** Rows that a collection of the new row shall hold. */
export interface Members {
  readonly collection: Collection;
  readonly bound: readonly Reference[];
  readonly nested: readonly JsonObject[];
}

export interface Payload {
  readonly assignments: Assignment[];
  readonly related: readonly Related[];
  readonly members: readonly Members[];
}

/** Properties that are not valid for the operation are ignored in silence, as the service does; unknown ones are refused. */
export function readPayload(reading: Reading, body: JsonObject): Payload {
  const { session, table, operation } = reading;
  const assignments: Assignment[] = [];
  const related: Related[] = [];
  const members: Members[] = [];
  const { names } = body.shape;
  const plain = plainColumns(table, operation, body.shape);
  for (let at = 0; at < names.length; at += 1) {
    const place = plain[at];
    const value = body.members[at] ?? null;
    if (place !== undefined) {
      assignments.push({ column: place.column, value: readValue(place, value, session.settings) });
      continue;
    }
    const read = readProperty(reading, names[at] ?? "", value);
    if (read === undefined) {
      continue;
    }
    if ("collection" in read) {
      members.push(read);
    } else if ("body" in read) {
      related.push(read);
    } else if (isValidFor(operation, table, read.column)) {
      assignments.push(read);
    }
  }
  return { assignments, related, members };
}

function readProperty(reading: Reading, property: string, value: Json): Assignment | Related | Members | undefined {
  const { session, table } = reading;
  const at = property.indexOf("@");
  if (at >= 0) {
    return property.endsWith(bindSuffix) ? readBind(reading, property.slice(0, at), value) : undefined;
  }
  const column = table.byName.get(property);
  if (column !== undefined && column.type !== "lookup") {
    // A file is uploaded on its own; what a row shows of it changes nothing when it comes back empty.
    if (value === null && (column.type === "file" || column.type === "partylist")) {
      return undefined;
    }
    return isValidFor(reading.operation, table, column)
      ? { column, value: readValue({ table, column }, value, session.settings) }
      : ignore(reading, column, value);
  }
  const navigation = table.navigations.get(property);
  if (navigation !== undefined) {
    return readNested(reading, property, navigation, value);
  }
  const collection = table.collections.get(property);
  if (collection !== undefined) {
    return readMembers(reading, collection, value);
  }
  if (table.byReadName.has(property)) {
    throw payloadError(
      table.setName,
      "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
    );
  }
  if (isShadow(table, property)) {
    return undefined;
  }
  throw payloadError(
    table.setName,
    `Microsoft.OData.ODataException: The property '${property}' does not exist on type 'Microsoft.Dynamics.CRM.${table.name}'. Make sure to only use property names that are defined by the type.`,
  );
}

/** Read-only columns beside one that holds an image or a file: whatever is written to them is ignored. */
function isShadow(table: Table, property: string): boolean {
  const [, name = "", part = ""] = /^(.+?)(id|_url|_timestamp|_name)$/.exec(property) ?? [];
  const type = table.byName.get(name)?.type;
  return part === "_name" ? type === "file" : type === "image";
}

/** Even what is ignored must be of its type, but nobody looks at its range. */
function ignore({ session, table }: Reading, column: Column, value: Json): undefined {
  try {
    readValue({ table, column }, value, session.settings);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === codes.payload) {
      throw error;
    }
  }
}

/** A row in place of a bound URL, or null. */
function readNested(reading: Reading, property: string, navigation: Navigation, value: Json): Assignment | Related {
  const { column } = navigation;
  if (value === null) {
    return { column, value: null };
  }
  if (!isObject(value)) {
    throw payloadError(
      reading.table.setName,
      `Microsoft.OData.ODataException: A row or null was expected as the value of the navigation property '${property}'.`,
    );
  }
  refuseDeepUpdate(reading);
  return { column, table: nestedTable(reading, property, navigation, value), body: value };
}

/** A property that several tables share says in `@odata.type` which one it means. */
function nestedTable({ session, table }: Reading, property: string, { targets }: Navigation, body: JsonObject): Table {
  const type = body.get("@odata.type");
  const named = typeof type === "string" ? type.replace(/^#?Microsoft\.Dynamics\.CRM\./, "") : undefined;
  const target = named === undefined && targets.length === 1 ? targets[0] : named;
  if (target === undefined || !targets.includes(target)) {
    throw payloadError(
      table.setName,
      `Microsoft.OData.ODataException: The row in '${property}' needs an @odata.type of ${targets.join(", ")}.`,
    );
  }
  return session.catalog.named(target);
}

function readMembers(reading: Reading, collection: Collection, value: Json): Members {
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw payloadError(
      reading.table.setName,
      `Microsoft.OData.ODataException: An array of rows was expected as the value of '${collection.name}'.`,
    );
  }
  refuseDeepUpdate(reading);
  return { collection, bound: [], nested: value };
}

function readBind(reading: Reading, property: string, value: Json): Assignment | Members {
  const { session, table } = reading;
  const navigation = table.navigations.get(property);
  if (navigation === undefined) {
    const collection = table.collections.get(property);
    if (collection !== undefined) {
      return bindMembers(reading, collection, value);
    }
    throw payloadError(
      table.setName,
      `Microsoft.OData.ODataException: An undeclared property '${property}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
    );
  }
  if (value === null) {
    return { column: navigation.column, value: null };
  }
  if (typeof value !== "string") {
    throw conversionError(table.setName, value instanceof NumberText ? value.text : "a structured value", "Edm.String");
  }
  return { column: navigation.column, value: resolveReference(session, navigation, value) };
}

function bindMembers(reading: Reading, collection: Collection, value: Json): Members {
  const uris: readonly string[] = Array.isArray(value) ? value.filter((uri) => typeof uri === "string") : [];
  if (!Array.isArray(value) || uris.length !== value.length) {
    throw payloadError(
      reading.table.setName,
      `Microsoft.OData.ODataException: An array of URLs was expected as the value of '${collection.name}${bindSuffix}'.`,
    );
  }
  refuseDeepUpdate(reading);
  return { collection, bound: uris.map((uri) => resolveMember(reading.session, collection, uri)), nested: [] };
}

function refuseDeepUpdate({ operation }: Reading): void {
  if (operation === "update") {
    throw deepUpdate();
  }
}
