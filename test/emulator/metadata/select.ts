/** `$select`, `$filter` and `$expand` over metadata items. */
import type { Filter, FilterLiteral } from "../read/filter.ts";
import { parseFilter } from "../read/filter.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Query } from "../wire/query.ts";
import { parseExpand } from "./expand.ts";
import type { Item, Linked, MetadataObject } from "./item.ts";
import { RawNumber } from "./item.ts";

/** The query options that metadata knows, as they stand in a URL or inside an `$expand`. */
export type Options = Query;

/** `declared`: the type as a client sees it; further properties need a cast. */
export function showItem(item: Item, declared: string, options: Options): MetadataObject {
  const cast = declared === item.type;
  const visible = cast ? { ...item.base, ...item.extra } : item.base;
  const select = options.get("$select");
  return {
    ...(cast ? {} : { "@odata.type": `#Microsoft.Dynamics.CRM.${item.type}` }),
    ...(select === undefined || select.trim() === ""
      ? { ...item.base, ...item.extra }
      : chosen(visible, select, item, declared)),
    ...expanded(item, declared, options.get("$expand")),
  };
}

/** Those of the items that the `$filter` lets through, shown. */
export function showItems(items: readonly Item[], declared: string, options: Options): readonly MetadataObject[] {
  const text = options.get("$filter");
  const filter = text === undefined ? undefined : parseFilter(text, options);
  return items
    .filter((item) => filter === undefined || matches(visibleOf(item, declared), filter, declared))
    .map((item) => showItem(item, declared, options));
}

function visibleOf(item: Item, declared: string): MetadataObject {
  return declared === item.type ? { ...item.base, ...item.extra } : item.base;
}

/** The selected properties and the id that always comes along. */
function chosen(visible: MetadataObject, select: string, item: Item, declared: string): MetadataObject {
  const result: Record<string, unknown> = {};
  for (const name of [...select.split(",").map((part) => part.trim()), "MetadataId"]) {
    if (name in visible) {
      result[name] = visible[name];
    } else if (!(name in item.links)) {
      throw unknown(name, declared);
    }
  }
  return result;
}

function expanded(item: Item, declared: string, text: string | undefined): MetadataObject {
  return Object.fromEntries(
    parseExpand(text).map(({ name, options }) => {
      const link = item.links[name];
      if (link === undefined || (declared !== item.type && declared === "AttributeMetadata")) {
        throw unknown(name, declared);
      }
      return [name, linked(link, options)];
    }),
  );
}

/** What a navigation property leads to, shown. */
function linked(link: Linked, options: Options): MetadataObject | readonly MetadataObject[] | null {
  const found = link.items();
  if (found === null) {
    return null;
  }
  return isOne(found) ? showItem(found, link.type, options) : showItems(found, link.type, options);
}

function isOne(found: readonly Item[] | Item): found is Item {
  return !Array.isArray(found);
}

/** Whether the properties match; enumeration members and texts compare without case. */
function matches(visible: MetadataObject, filter: Filter, declared: string): boolean {
  switch (filter.kind) {
    case "and":
      return filter.terms.every((term) => matches(visible, term, declared));
    case "or":
      return filter.terms.some((term) => matches(visible, term, declared));
    case "not":
      return !matches(visible, filter.term, declared);
    case "compare":
      return compare(valueAt(visible, filter.property, declared), filter.test, filter.literal);
    case "in":
      return filter.literals.some((literal) => compare(valueAt(visible, filter.property, declared), "eq", literal));
    case "text":
      throw unsupported(filter.test);
    case "call":
      throw unsupported(filter.name);
    case "columns":
    case "lambda":
      throw new ServiceError(501, codes.http, "The filter expression isn't supported for Metadata Entities.");
  }
}

function unsupported(name: string): ServiceError {
  return new ServiceError(501, codes.http, `The "${name}" function isn't supported for Metadata Entities.`);
}

type Test = Extract<Filter, { readonly kind: "compare" }>["test"];

function compare(value: unknown, test: Test, literal: FilterLiteral): boolean {
  const [left, right] = [textOf(value), literal.kind === "null" ? "" : literal.text.toLowerCase()];
  const order =
    left !== "" && right !== "" && Number.isFinite(Number(left)) && Number.isFinite(Number(right))
      ? Number(left) - Number(right)
      : Number(left > right) - Number(left < right);
  switch (test) {
    case "eq":
      return order === 0;
    case "ne":
      return order !== 0;
    case "gt":
      return order > 0;
    case "ge":
      return order >= 0;
    case "lt":
      return order < 0;
    case "le":
      return order <= 0;
  }
}

function textOf(value: unknown): string {
  if (value instanceof RawNumber) {
    return value.text;
  }
  return value === null || value === undefined ? "" : String(value).toLowerCase();
}

function valueAt(visible: MetadataObject, property: string, declared: string): unknown {
  let value: unknown = visible;
  for (const [depth, name] of property.split("/").entries()) {
    if (depth > 0 && value === null) {
      return null;
    }
    if (typeof value !== "object" || value === null || !(name in value)) {
      throw unknown(name, declared);
    }
    value = (value as MetadataObject)[name];
  }
  return value;
}

function unknown(name: string, type: string): ServiceError {
  return new ServiceError(
    400,
    codes.query,
    `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${type}'.`,
  );
}
