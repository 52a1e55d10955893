/** A write's JSON body, checked property by property, as assignments to columns. */

import type { Session } from "../environment.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Reference } from "../rows/values.ts";
import { readValue } from "../rows/values.ts";
import type { Navigation, Table } from "../schema/types.ts";
import { parseAddress } from "../wire/address.ts";
import { missingByKey, missingRow, payloadError, ServiceError } from "../wire/errors.ts";
import type { Json, JsonObject } from "../wire/json.ts";
import { isObject, parseJson } from "../wire/json.ts";

const bindSuffix = "@odata.bind";

/** Throws if the text is no JSON object. */
export function parseBody(table: Table, text: string): JsonObject {
  let body: Json;
  try {
    body = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw payloadError(table.setName, `Newtonsoft.Json.JsonReaderException: ${error.message}`);
    }
    throw error;
  }
  if (!isObject(body)) {
    throw payloadError(table.setName, "Microsoft.OData.ODataException: A JSON object was expected.");
  }
  return body;
}

/** Properties that are not valid for the operation are ignored in silence, as the service does; unknown ones are refused. */
export function readAssignments(
  session: Session,
  table: Table,
  body: JsonObject,
  operation: "create" | "update",
): Assignment[] {
  const assignments: Assignment[] = [];
  for (const [property, value] of body) {
    const assignment = readProperty(session, table, property, value);
    const column = assignment?.column;
    if (assignment !== undefined && (operation === "create" ? column?.creatable : column?.updatable) === true) {
      assignments.push(assignment);
    }
  }
  return assignments;
}

function readProperty(session: Session, table: Table, property: string, value: Json): Assignment | undefined {
  const at = property.indexOf("@");
  if (at >= 0) {
    return property.endsWith(bindSuffix) ? readBind(session, table, property.slice(0, at), value) : undefined;
  }
  const column = table.byName.get(property);
  if (column !== undefined && column.type !== "lookup") {
    return { column, value: readValue({ table, column }, value, session.settings) };
  }
  const navigation = table.navigations.get(property);
  if (navigation !== undefined && value === null) {
    return { column: navigation.column, value: null };
  }
  if (table.byReadName.has(property)) {
    throw payloadError(
      table.setName,
      "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
    );
  }
  throw payloadError(
    table.setName,
    navigation === undefined
      ? `Microsoft.OData.ODataException: The property '${property}' does not exist on type 'Microsoft.Dynamics.CRM.${table.name}'. Make sure to only use property names that are defined by the type.`
      : `Microsoft.OData.ODataException: Deep insert through '${property}' is not supported by this environment.`,
  );
}

function readBind(session: Session, table: Table, property: string, value: Json): Assignment {
  const navigation = table.navigations.get(property);
  if (navigation === undefined) {
    throw payloadError(
      table.setName,
      `Microsoft.OData.ODataException: An undeclared property '${property}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
    );
  }
  if (value === null) {
    return { column: navigation.column, value: null };
  }
  if (typeof value !== "string") {
    throw payloadError(table.setName, `The value of '${property}${bindSuffix}' must be a text.`);
  }
  return { column: navigation.column, value: resolveReference(session, navigation, value) };
}

/** The row that a bound URL names. Throws if there is none, or if the property cannot hold it. */
function resolveReference(session: Session, navigation: Navigation, uri: string): Reference {
  const address = parseAddress(session.catalog, bindPath(session, uri), session.settings);
  if (!navigation.targets.includes(address.table.name)) {
    throw new ServiceError(
      400,
      "0x80048d19",
      `A row of ${address.table.name} cannot be bound to '${navigation.column.name}'; it takes ${navigation.targets.join(", ")}.`,
    );
  }
  const rows = session.store.rows(address.table);
  switch (address.kind) {
    case "set":
      throw payloadError(address.table.setName, `The bound URL '${uri}' names no row.`);
    case "id":
      if (rows.get(address.id) === undefined) {
        throw missingRow(address.table.name, address.id);
      }
      return { table: address.table.name, id: address.id };
    case "key": {
      const row = rows.find(address.key, address.parts);
      if (row === undefined) {
        throw missingByKey(address.table.name, session.settings.missingKeyStatus);
      }
      return { table: address.table.name, id: row.id };
    }
  }
}

function bindPath(session: Session, uri: string): string {
  if (uri.startsWith("$")) {
    return contentReference(session, uri.slice(1));
  }
  return uri.replace(/^https?:\/\/[^/]+/i, "").replace(/^\/(api\/data\/v9\.\d\/)?/, "");
}

/** The address of the row that an earlier operation of the change set wrote under this Content-ID. */
export function contentReference(session: Session, id: string): string {
  const address = session.references.get(id);
  if (address === undefined) {
    throw new ServiceError(400, "0x80048d19", `Content-ID Reference: '$${id}' does not exist in the batch context.`);
  }
  return address;
}
