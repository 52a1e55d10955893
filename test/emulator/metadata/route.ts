/** GET of EntityDefinitions: one table or all, its attributes (plain or cast), keys and relationships. */

import type { Environment, Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import { parseFilter } from "../read/filter.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { codes, ServiceError, unknownSegment } from "../wire/errors.ts";
import type { Query } from "../wire/query.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import type { MetadataObject } from "./describe.ts";
import {
  castOf,
  describeAttribute,
  describeCast,
  describeKey,
  describeRelationships,
  describeTable,
  describeTyped,
  expandable,
} from "./describe.ts";
import type { Expansion } from "./project.ts";
import { matches, metadataJson, parseExpand, project } from "./project.ts";

const definition = /^EntityDefinitions\(\s*(?:LogicalName\s*=\s*'([^']*)'|([0-9a-f-]{36}))\s*\)$/i;
const attribute = /^Attributes\(\s*LogicalName\s*=\s*'([^']*)'\s*\)$/;
const castPrefix = "Microsoft.Dynamics.CRM.";

/** `path` is decoded. Throws the service's 404 for an unknown table. */
export function answerDefinitions(session: Session, { part, query }: Call, path: string): PartReply {
  if (part.method !== "GET") {
    throw new ServiceError(501, codes.http, "Writing metadata is not supported by this environment.");
  }
  return ok(readDefinitions(session, path, query));
}

function readDefinitions(environment: Environment, path: string, query: Query): string {
  const [root = "", ...rest] = path.split("/");
  if (root === "EntityDefinitions") {
    return list(
      "EntityDefinitions",
      environment.catalog.tables.map((table) => describeTable(table)),
      {
        environment,
        query,
        type: "EntityMetadata",
        expand: (object) => expandTable(environment, String(object["LogicalName"]), query),
      },
    );
  }
  const [, logicalName, metadataId] = definition.exec(root) ?? [];
  const table =
    logicalName === undefined
      ? environment.catalog.tables.find((candidate) => describeTable(candidate)["MetadataId"] === metadataId)
      : environment.catalog.find(logicalName);
  if (table === undefined) {
    throw unknownTable(logicalName ?? metadataId ?? root);
  }
  return rest.length === 0 ? one(environment, table, query) : child(environment, table, rest, query);
}

function unknownTable(name: string): ServiceError {
  return new ServiceError(404, codes.missing, `Could not find an entity with name '${name}' in the metadata cache.`);
}

function one(environment: Environment, table: Table, query: Query): string {
  return metadataJson({
    "@odata.context": `${environment.settings.url}${serviceRoot}$metadata#EntityDefinitions/$entity`,
    ...project(describeTable(table), query.get("$select"), "EntityMetadata"),
    ...expandTable(environment, table.name, query),
  });
}

function expandTable(environment: Environment, name: string, query: Query): MetadataObject {
  const table = environment.catalog.named(name);
  return Object.fromEntries(
    parseExpand(query.get("$expand")).map((expansion) => [expansion.name, expanded(environment, table, expansion)]),
  );
}

function expanded(
  environment: Environment,
  table: Table,
  { name, select, filter }: Expansion,
): readonly MetadataObject[] {
  const { objects, type } = collection(environment, table, name);
  const chosen = filter === undefined ? objects : objects.filter((object) => matches(object, parseFilter(filter)));
  return chosen.map((object) => project(object, select, type));
}

function collection(
  environment: Environment,
  table: Table,
  name: string,
): { readonly objects: readonly MetadataObject[]; readonly type: string } {
  switch (name) {
    case "Attributes":
      return { objects: table.columns.map((column) => describeAttribute(table, column)), type: "AttributeMetadata" };
    case "Keys":
      return { objects: table.keys.map((key) => describeKey(table, key)), type: "EntityKeyMetadata" };
    case "ManyToOneRelationships": {
      const primaryIdOf = (target: string): string => environment.catalog.named(target).primaryId.name;
      return { objects: describeRelationships(table, primaryIdOf), type: "OneToManyRelationshipMetadata" };
    }
    case "OneToManyRelationships":
      return {
        objects: environment.catalog.tables.flatMap((other) =>
          describeRelationships(other, () => table.primaryId.name).filter(
            (relationship) => relationship["ReferencedEntity"] === table.name,
          ),
        ),
        type: "OneToManyRelationshipMetadata",
      };
    default:
      throw unknownSegment(name);
  }
}

function child(environment: Environment, table: Table, segments: readonly string[], query: Query): string {
  const [name = "", cast, ...more] = segments;
  if (more.length > 0) {
    throw unknownSegment(more.join("/"));
  }
  const [, attributeName] = attribute.exec(name) ?? [];
  if (attributeName !== undefined) {
    return oneAttribute(environment, table, { name: attributeName, cast }, query);
  }
  const context = `EntityDefinitions('${table.name}')/${name}`;
  if (cast === undefined) {
    const { objects, type } = collection(environment, table, name);
    return list(context, objects, { environment, query, type, expand: () => ({}) });
  }
  const type = cast.startsWith(castPrefix) ? cast.slice(castPrefix.length) : "";
  const objects = name === "Attributes" ? describeCast(table, type) : undefined;
  if (objects === undefined) {
    throw unknownSegment(cast);
  }
  return list(`${context}/${cast}`, objects, {
    environment,
    query,
    type,
    expand: (object) => expandOptions(object, query),
  });
}

function oneAttribute(
  environment: Environment,
  table: Table,
  { name, cast }: { readonly name: string; readonly cast: string | undefined },
  query: Query,
): string {
  const column = table.byName.get(name);
  if (column === undefined || (cast !== undefined && cast !== castPrefix + castOf(column))) {
    throw new ServiceError(404, codes.missing, `Could not find an attribute with name '${name}' on '${table.name}'.`);
  }
  const object = cast === undefined ? describeAttribute(table, column) : describeTyped(table, column);
  return metadataJson({
    "@odata.context": `${environment.settings.url}${serviceRoot}$metadata#EntityDefinitions('${table.name}')/Attributes/$entity`,
    ...project(withoutExpandable(object), query.get("$select"), cast ?? "AttributeMetadata"),
    ...expandOptions(object, query),
  });
}

interface Listing {
  readonly environment: Environment;
  readonly query: Query;
  readonly type: string;
  readonly expand: (object: MetadataObject) => MetadataObject;
}

function list(
  context: string,
  objects: readonly MetadataObject[],
  { environment, query, type, expand }: Listing,
): string {
  const text = query.get("$filter");
  const filter = text === undefined ? undefined : parseFilter(text);
  const chosen = filter === undefined ? objects : objects.filter((object) => matches(object, filter));
  return metadataJson({
    "@odata.context": `${environment.settings.url}${serviceRoot}$metadata#${context}`,
    value: chosen.map((object) => ({
      ...project(withoutExpandable(object), query.get("$select"), type),
      ...expand(object),
    })),
  });
}

function expandOptions(object: MetadataObject, query: Query): MetadataObject {
  return Object.fromEntries(
    parseExpand(query.get("$expand")).map(({ name }) => {
      if (!expandable.has(name) || !(name in object)) {
        throw new ServiceError(400, codes.query, `Could not find a property named '${name}' to expand.`);
      }
      return [name, object[name]];
    }),
  );
}

function withoutExpandable(object: MetadataObject): MetadataObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !expandable.has(name)));
}
