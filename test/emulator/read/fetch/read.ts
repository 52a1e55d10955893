/** Reads FetchXML: `<fetch><entity name="account">…`. What it does not know it refuses. */
import type { Catalog } from "../../rows/catalog.ts";
import type { Column, Table } from "../../schema/types.ts";
import type {
  Aggregate,
  DateGrouping,
  FetchAttribute,
  FetchEntity,
  FetchLink,
  FetchOrder,
  FetchQuery,
} from "./query.ts";
import { readFilter } from "./read-filter.ts";
import { fetchRefusal, unknownAttribute, unknownEntity } from "./refusals.ts";
import type { Element } from "./xml.ts";
import { parseXml, XmlError } from "./xml.ts";

/** Throws the service's 400. */
export function readFetch(catalog: Catalog, text: string): FetchQuery {
  const fetch = parse(text);
  const [entity, ...more] = fetch.children;
  if (fetch.name !== "fetch" || entity?.name !== "entity" || more.length > 0) {
    throw fetchRefusal("element");
  }
  const aggregate = flag(fetch, "aggregate");
  const reader: Reader = { catalog, aliases: new Set(), numbers: new Map(), links: 0, aggregate };
  const root = { ...readEntity(reader, tableOf(catalog, entity), entity), alias: entity.attributes.get("name") ?? "" };
  const page = number(fetch, "page") ?? 1;
  return {
    root,
    top: number(fetch, "top"),
    offset: 0,
    count: number(fetch, "count"),
    page: page === 0 ? 1 : page,
    cookie: fetch.attributes.get("paging-cookie"),
    aggregate,
    distinct: flag(fetch, "distinct"),
    counted: flag(fetch, "returntotalrecordcount"),
  };
}

function parse(text: string): Element {
  try {
    return parseXml(text);
  } catch (error) {
    if (error instanceof XmlError) {
      throw fetchRefusal("malformed", error.message);
    }
    throw error;
  }
}

interface Reader {
  readonly catalog: Catalog;
  /** Names that are taken. */
  readonly aliases: Set<string>;
  /** How many links of each table have no alias of their own. */
  readonly numbers: Map<string, number>;
  links: number;
  readonly aggregate: boolean;
}

/** In one query. */
const linksMax = 15;

function readEntity(reader: Reader, table: Table, element: Element): Omit<FetchEntity, "alias"> {
  const attributes: FetchAttribute[] = [];
  const found = { filters: [...readFilters(element)], orders: [] as FetchOrder[], links: [] as FetchLink[] };
  let all = false;
  for (const child of element.children) {
    switch (child.name) {
      case "attribute":
        attributes.push(readAttribute(reader, table, child));
        break;
      case "all-attributes":
        all = true;
        break;
      case "order":
        found.orders.push(readOrder(child));
        break;
      case "link-entity":
        found.links.push(readLink(reader, table, child));
        break;
      case "filter":
      case "no-attrs":
        break;
      default:
        throw fetchRefusal(
          "invalid",
          `Invalid Child Node, valid nodes are filter, order, link-entity, attribute, all-attributes, no-attrs. NodeName = ${child.name.slice(0, 100)}.`,
        );
    }
  }
  const isRoot = element.name === "entity";
  const bare = isRoot && attributes.length === 0 && !reader.aggregate && !element.children.some(isNoAttrs);
  return { table, attributes: all || bare ? table.columns.map(plainAttribute) : attributes, ...found };
}

function isNoAttrs({ name }: Element): boolean {
  return name === "no-attrs";
}

function readFilters(element: Element) {
  return element.children.filter(({ name }) => name === "filter").map((child) => readFilter(child, 0));
}

function plainAttribute(column: Column): FetchAttribute {
  return {
    column,
    alias: undefined,
    aggregate: undefined,
    distinct: false,
    groupBy: false,
    dateGrouping: undefined,
  };
}

const aggregates: ReadonlySet<string> = new Set(["count", "countcolumn", "sum", "avg", "min", "max"]);
const groupings: ReadonlySet<string> = new Set(["day", "week", "month", "quarter", "year"]);

function readAttribute(reader: Reader, table: Table, element: Element): FetchAttribute {
  const column = columnNamed(table, required(element, "name"));
  const alias = element.attributes.get("alias");
  const aggregate = element.attributes.get("aggregate");
  const grouping = element.attributes.get("dategrouping");
  if ((aggregate !== undefined && !aggregates.has(aggregate)) || (grouping !== undefined && !groupings.has(grouping))) {
    throw fetchRefusal("invalid", `The value '${(aggregate ?? grouping ?? "").slice(0, 100)}' is not known.`);
  }
  if (alias !== undefined) {
    take(reader, alias);
  } else if (reader.aggregate) {
    throw fetchRefusal("invalid", "An alias is required for every attribute of an aggregate query.");
  }
  return {
    column,
    alias,
    aggregate: aggregate as Aggregate | undefined,
    distinct: flag(element, "distinct"),
    groupBy: flag(element, "groupby"),
    dateGrouping: grouping as DateGrouping | undefined,
  };
}

function readOrder(element: Element): FetchOrder {
  const { attributes } = element;
  const [attribute, alias] = [attributes.get("attribute"), attributes.get("alias")];
  if (attribute === undefined && alias === undefined) {
    throw fetchRefusal("element", "An order names an attribute or an alias.");
  }
  return { attribute, alias, entity: attributes.get("entityname"), descending: flag(element, "descending") };
}

function readLink(reader: Reader, parent: Table, element: Element): FetchLink {
  reader.links += 1;
  if (reader.links > linksMax) {
    throw fetchRefusal("links");
  }
  const type = element.attributes.get("link-type") ?? "inner";
  if (type !== "inner" && type !== "natural" && type !== "outer") {
    throw fetchRefusal("join");
  }
  const table = tableOf(reader.catalog, element);
  if (type !== "outer" && (table.kind === "elastic" || parent.kind === "elastic")) {
    throw fetchRefusal("elasticJoin");
  }
  const from = columnNamed(table, element.attributes.get("from") ?? table.primaryId.name);
  const to = columnNamed(parent, element.attributes.get("to") ?? from.name);
  const alias = element.attributes.get("alias") ?? numbered(reader, table);
  take(reader, alias);
  return { ...readEntity(reader, table, element), alias, from, to, outer: type === "outer" };
}

function numbered({ numbers }: Reader, { name }: Table): string {
  const next = (numbers.get(name) ?? 0) + 1;
  numbers.set(name, next);
  return `${name}${next}`;
}

function take({ aliases }: Reader, alias: string): void {
  if (aliases.has(alias)) {
    throw fetchRefusal("alias");
  }
  if (!/^[A-Za-z_][\w.]*$/.test(alias)) {
    throw fetchRefusal("invalid", `The alias '${alias.slice(0, 100)}' is not valid.`);
  }
  aliases.add(alias);
}

function tableOf(catalog: Catalog, element: Element): Table {
  const name = required(element, "name");
  const table = catalog.find(name);
  if (table === undefined) {
    throw unknownEntity(name);
  }
  return table;
}

export function columnNamed(table: Table, name: string): Column {
  const column = table.byName.get(name);
  if (column === undefined || column.type === "partylist") {
    throw unknownAttribute(table.name, name);
  }
  return column;
}

function required(element: Element, attribute: string): string {
  const value = element.attributes.get(attribute);
  if (value === undefined) {
    throw fetchRefusal("element", `The element '${element.name}' has no attribute '${attribute}'.`);
  }
  return value;
}

function flag(element: Element, attribute: string): boolean {
  const value = element.attributes.get(attribute) ?? "false";
  if (!["true", "false", "1", "0"].includes(value)) {
    throw fetchRefusal(
      "invalid",
      `The only valid values for ${attribute} attribute are 'true', 'false', '1', and '0'.`,
    );
  }
  return value === "true" || value === "1";
}

function number(element: Element, attribute: string): number | undefined {
  const value = element.attributes.get(attribute);
  if (value !== undefined && !/^\d{1,9}$/.test(value)) {
    throw fetchRefusal("invalid", `The attribute '${attribute}' is no whole number.`);
  }
  return value === undefined ? undefined : Number(value);
}
