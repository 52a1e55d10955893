/** `EntityDefinitions` and its like: who answers which method. */
import type { Session } from "../environment.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed } from "../wire/reply.ts";
import { attributeId } from "./attribute-item.ts";
import { readBody } from "./body.ts";
import type { Item } from "./item.ts";
import { keyId } from "./key-item.ts";
import { findPlace, splitPath } from "./path.ts";
import { readMetadata } from "./read.ts";
import { notCustom } from "./refusals.ts";
import { createChoice, deleteChoice, updateChoice } from "./write-choice.ts";
import { createColumn, deleteColumn, updateColumn } from "./write-column.ts";
import { createKey, deleteKey } from "./write-key.ts";
import { createRelationship, deleteRelationship } from "./write-relationship.ts";
import { createTable, deleteTable, updateTable } from "./write-table.ts";

/** `path` is decoded. Throws the service's refusal. */
export function answerDefinitions(session: Session, call: Call, path: string): PartReply {
  switch (call.part.method) {
    case "GET":
      return readMetadata(session, path, call.query);
    case "POST":
      return create(session, call, path);
    case "PUT":
    case "PATCH":
      return change(session, call, path);
    case "DELETE":
      return remove(session, path);
    default:
      throw notAllowed(call.part.method);
  }
}

function create(session: Session, { part }: Call, path: string): PartReply {
  switch (path) {
    case "EntityDefinitions":
      return createTable(session, readBody(part.body, "EntityMetadata"));
    case "RelationshipDefinitions":
      return createRelationship(session, readBody(part.body, "RelationshipMetadataBase"));
    case "GlobalOptionSetDefinitions":
      return createChoice(session, readBody(part.body, "OptionSetMetadataBase"));
    default:
      return createBelow(session, part.body, path);
  }
}

function createBelow(session: Session, body: string, path: string): PartReply {
  const [address = "", collection, ...more] = splitPath(path);
  const table = tableOf(session, itemAt(session, address, "POST"));
  if (more.length === 0 && collection === "Attributes") {
    return createColumn(session, table, readBody(body, "AttributeMetadata"));
  }
  if (more.length === 0 && collection === "Keys") {
    return createKey(session, table, readBody(body, "EntityKeyMetadata"), address);
  }
  throw collection === undefined ? notAllowed("POST") : unknownSegment(collection);
}

function change(session: Session, { part }: Call, path: string): PartReply {
  const item = itemAt(session, path, part.method);
  switch (kindOf(item)) {
    case "table":
      return updateTable(session, tableOf(session, item), readBody(part.body, "EntityMetadata"));
    case "choice":
      return updateChoice(session, choiceOf(session, item), readBody(part.body, "OptionSetMetadataBase"));
    case "column": {
      const table = holderOf(session, item);
      const column = table.byName.get(String(item.base["LogicalName"]));
      if (column === undefined) {
        throw notCustom("Attribute", String(item.base["LogicalName"]));
      }
      return updateColumn(session, table, column, readBody(part.body, "AttributeMetadata"));
    }
    default:
      throw notAllowed(part.method);
  }
}

function remove(session: Session, path: string): PartReply {
  const item = itemAt(session, path, "DELETE");
  switch (kindOf(item)) {
    case "table":
      return deleteTable(session, tableOf(session, item));
    case "choice":
      return deleteChoice(session, choiceOf(session, item));
    case "relationship":
      return deleteRelationship(session, String(item.base["SchemaName"]));
    case "key": {
      const table = holderOf(session, item);
      const key = table.keys.find((one) => keyId(table, one) === item.base["MetadataId"]);
      return key === undefined ? notFound(path) : deleteKey(session, table, key);
    }
    case "column": {
      const table = holderOf(session, item);
      const column = table.columns.find(({ name }) => attributeId(table, name) === item.base["MetadataId"]);
      if (column === undefined) {
        throw notCustom("Attribute", String(item.base["LogicalName"]));
      }
      return deleteColumn(session, table, column);
    }
  }
}

function notFound(path: string): never {
  throw unknownSegment(path);
}

/** Throws the service's 404, and 405 for a path to a collection. */
function itemAt(session: Session, path: string, method: string): Item {
  const place = findPlace(session.catalog, path);
  if (place.kind !== "item") {
    throw notAllowed(method);
  }
  return place.item;
}

type Kind = "table" | "column" | "key" | "relationship" | "choice";

function kindOf({ type }: Item): Kind {
  switch (type) {
    case "EntityMetadata":
      return "table";
    case "EntityKeyMetadata":
      return "key";
    case "OneToManyRelationshipMetadata":
    case "ManyToManyRelationshipMetadata":
      return "relationship";
    case "OptionSetMetadata":
    case "BooleanOptionSetMetadata":
      return "choice";
    default:
      return "column";
  }
}

function tableOf({ catalog }: Session, item: Item): Table {
  return catalog.named(String(item.base["LogicalName"]));
}

/** The table that an attribute or key belongs to. */
function holderOf({ catalog }: Session, item: Item): Table {
  return catalog.named(String(item.base["EntityLogicalName"]));
}

function choiceOf({ catalog }: Session, item: Item): NonNullable<ReturnType<typeof catalog.choices.get>> {
  const choice = catalog.choices.get(String(item.base["Name"]));
  return choice ?? notFound("OptionSet");
}
