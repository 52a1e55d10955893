/** Walks a metadata URL: collections, items by key, casts, navigation properties and single properties. */
import type { Catalog } from "../rows/catalog.ts";
import { codes, querySyntax, ServiceError, unknownSegment } from "../wire/errors.ts";
import { casts } from "./attribute-types.ts";
import type { Item } from "./item.ts";
import { choiceItem } from "./option-item.ts";
import { relationshipItems } from "./relationship-item.ts";
import { tableItem } from "./table-item.ts";

/** Where a URL leads; `type` is what a client sees the items as. */
export type Place =
  | { readonly kind: "items"; readonly type: string; readonly items: readonly Item[] }
  | { readonly kind: "item"; readonly type: string; readonly item: Item }
  | { readonly kind: "property"; readonly value: unknown };

const namespace = "Microsoft.Dynamics.CRM.";
const segmentForm = /^([A-Za-z_.]\w*(?:\.\w+)*)(?:\((.*)\))?$/s;
const relationshipCasts: ReadonlySet<string> = new Set([
  "OneToManyRelationshipMetadata",
  "ManyToManyRelationshipMetadata",
]);
const choiceCasts: ReadonlySet<string> = new Set(["OptionSetMetadata", "BooleanOptionSetMetadata"]);

/** `path` is decoded. Throws the service's 404 or 400. */
export function findPlace(catalog: Catalog, path: string): Place {
  const [root = "", ...rest] = splitPath(path);
  let place = step(rootOf(catalog, nameOf(root)), root, true);
  for (const segment of rest) {
    place = step(place, segment, false);
  }
  return place;
}

/** Cut at slashes outside quotes. */
export function splitPath(path: string): readonly string[] {
  return path.match(/(?:[^/']|'(?:[^']|'')*'?)+/g) ?? [];
}

function nameOf(segment: string): string {
  return segmentForm.exec(segment)?.[1] ?? segment;
}

function rootOf(catalog: Catalog, name: string): Place {
  switch (name) {
    case "EntityDefinitions":
      return {
        kind: "items",
        type: "EntityMetadata",
        items: catalog.tables.map((table) => tableItem(catalog, table)),
      };
    case "RelationshipDefinitions":
      return { kind: "items", type: "RelationshipMetadataBase", items: relationshipItems(catalog) };
    case "GlobalOptionSetDefinitions":
      return { kind: "items", type: "OptionSetMetadataBase", items: [...catalog.choices.values()].map(choiceItem) };
    case "ManagedPropertyDefinitions":
      return { kind: "items", type: "ManagedPropertyMetadata", items: [] };
    default:
      throw unknownSegment(name);
  }
}

function step(place: Place, segment: string, isRoot: boolean): Place {
  const [, name = "", key] = segmentForm.exec(segment) ?? [];
  if (name === "") {
    throw querySyntax();
  }
  const next = isRoot ? place : name.startsWith(namespace) ? castTo(place, name) : follow(place, name);
  return key === undefined ? next : byKey(next, key);
}

function castTo(place: Place, name: string): Place {
  const type = name.slice(namespace.length);
  if (place.kind === "property" || !isCast(place.type, type)) {
    throw unknownSegment(name);
  }
  if (place.kind === "items") {
    return { kind: "items", type, items: place.items.filter((item) => item.type === type || type === place.type) };
  }
  if (place.item.type !== type && place.type !== type) {
    throw notFound(`The requested item is no ${type}.`);
  }
  return { kind: "item", type, item: place.item };
}

function isCast(from: string, to: string): boolean {
  if (from === to) {
    return true;
  }
  switch (from) {
    case "AttributeMetadata":
      return casts.has(to);
    case "RelationshipMetadataBase":
      return relationshipCasts.has(to);
    case "OptionSetMetadataBase":
    case "OptionSetMetadata":
      return choiceCasts.has(to);
    default:
      return false;
  }
}

function follow(place: Place, name: string): Place {
  if (place.kind !== "item") {
    throw unknownSegment(name);
  }
  const { item } = place;
  const link = item.links[name];
  if (link !== undefined && (place.type === item.type || place.type !== "AttributeMetadata")) {
    const found = link.items();
    if (found === null) {
      return { kind: "property", value: null };
    }
    return isOne(found)
      ? { kind: "item", type: link.type, item: found }
      : { kind: "items", type: link.type, items: found };
  }
  const visible = place.type === item.type ? { ...item.base, ...item.extra } : item.base;
  if (!(name in visible)) {
    throw unknownSegment(name);
  }
  return { kind: "property", value: visible[name] };
}

function isOne(found: readonly Item[] | Item): found is Item {
  return !Array.isArray(found);
}

const names: ReadonlySet<string> = new Set(["LogicalName", "SchemaName", "Name", "MetadataId"]);
const keyForm = /^\s*(?:(\w+)\s*=\s*)?(?:'((?:[^']|'')*)'|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))\s*$/i;

function byKey(place: Place, key: string): Place {
  const [, property = "MetadataId", quoted, guid] = keyForm.exec(key) ?? [];
  const value = quoted?.replaceAll("''", "'") ?? guid?.toLowerCase();
  if (place.kind !== "items" || value === undefined || !names.has(property)) {
    throw querySyntax();
  }
  const wanted = (item: Item): boolean => item.base[property] === value;
  const item = place.items.find(wanted);
  if (item === undefined) {
    throw missing(place.type, value);
  }
  return { kind: "item", type: place.type, item };
}

const kinds: Readonly<Record<string, string>> = {
  EntityMetadata: "an entity",
  AttributeMetadata: "an attribute",
  RelationshipMetadataBase: "a relationship",
  OptionSetMetadataBase: "an option set",
  EntityKeyMetadata: "an entity key",
};

function missing(type: string, name: string): ServiceError {
  return notFound(`Could not find ${kinds[type] ?? "an item"} with name '${name}' in the metadata cache.`);
}

function notFound(message: string): ServiceError {
  return new ServiceError(404, codes.missing, message);
}
