/** `RetrieveMetadataChanges`: tables, columns, keys and relationships that a query names, in one answer. It is always the whole answer, as to a client that asks for the first time. */
import type { Session } from "../environment.ts";
import type { Body } from "./body.ts";
import { readBody } from "./body.ts";
import type { Item, MetadataObject } from "./item.ts";
import { RawNumber } from "./item.ts";
import { badArgument } from "./refusals.ts";
import { tableItem } from "./table-item.ts";

/** Links of a table, with the query that says what is shown of them. */
const partQueries: Readonly<Record<string, string>> = {
  Attributes: "AttributeQuery",
  Keys: "KeyQuery",
  ManyToOneRelationships: "RelationshipQuery",
  OneToManyRelationships: "RelationshipQuery",
  ManyToManyRelationships: "RelationshipQuery",
};

/** The members of the answer; `Query` is an EntityQueryExpression as JSON. Throws the service's 400. */
export function metadataChanges(session: Session, parameters: ReadonlyMap<string, string>): MetadataObject {
  const text = parameters.get("Query");
  if (text === undefined) {
    throw badArgument("Required field 'Query' is missing");
  }
  const query = readBody(text, "EntityQueryExpression");
  const tables = session.catalog.tables.map((table) => tableItem(session.catalog, table));
  const nothing = { Count: 0, IsReadOnly: false, Keys: [], Values: [] };
  return {
    EntityMetadata: among(tables, query).map((table) => shown(table, query, partQueries)),
    ServerVersionStamp: `${session.now}!1`,
    DeletedMetadata: nothing,
  };
}

function among(items: readonly Item[], query: Body | undefined): readonly Item[] {
  const criteria = query?.object("Criteria");
  return criteria === undefined ? items : items.filter((item) => meets(item, criteria));
}

/** `links`: by property, the query of what it leads to; everything else is shown whole. */
function shown(item: Item, query: Body | undefined, links: Readonly<Record<string, string>>): MetadataObject {
  const wanted = query?.object("Properties");
  const all = wanted === undefined || wanted.flag("AllProperties") === true;
  const names = new Set(wanted?.texts("PropertyNames"));
  const isShown = (name: string): boolean => all || names.has(name) || name === "MetadataId";
  const own = Object.entries({ ...item.base, ...item.extra }).filter(([name]) => isShown(name));
  const linked = Object.entries(item.links)
    .filter(([name]) => isShown(name))
    .map(([name, link]) => {
      const found = link.items();
      const part = links[name] === undefined ? undefined : query?.object(links[name]);
      return [
        name,
        Array.isArray(found) ? among(found, part).map((one) => typed(one, part)) : plain(found as Item | null),
      ];
    });
  return { ...Object.fromEntries(own), ...Object.fromEntries(linked) };
}

/** In an answer of a function metadata have complex types. */
function typed(item: Item, query: Body | undefined): MetadataObject {
  return { "@odata.type": `#Microsoft.Dynamics.CRM.Complex${item.type}`, ...shown(item, query, {}) };
}

function plain(item: Item | null): MetadataObject | null {
  return item === null ? null : typed(item, undefined);
}

function meets(item: Item, criteria: Body): boolean {
  const tests = [
    ...criteria.list("Conditions").map((condition) => () => holds(item, condition)),
    ...criteria.list("Filters").map((filter) => () => meets(item, filter)),
  ];
  const either = criteria.text("FilterOperator") === "Or" && tests.length > 0;
  return either ? tests.some((test) => test()) : tests.every((test) => test());
}

function holds(item: Item, condition: Body): boolean {
  const name = condition.text("PropertyName") ?? "";
  const properties = { ...item.base, ...item.extra };
  if (!(name in properties)) {
    throw badArgument(`The property '${name}' does not exist on '${item.type}'.`);
  }
  const value = textOf(properties[name]);
  const given = (condition.object("Value")?.text("Value") ?? "").toLowerCase();
  switch (condition.text("ConditionOperator") ?? "Equals") {
    case "Equals":
      return value === given;
    case "NotEquals":
      return value !== given;
    case "In":
      return listOf(given).includes(value);
    case "NotIn":
      return !listOf(given).includes(value);
    default:
      throw badArgument(`The operator '${condition.text("ConditionOperator")}' is not valid here.`);
  }
}

/** `["a","b"]`, with quotes of either kind. */
function listOf(text: string): readonly string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|([^\s,[\]'"]+)/g)].map(([, ...found]) => found.find(Boolean) ?? "");
}

/** Complex properties, such as RequiredLevel, compare by their value. */
function textOf(value: unknown): string {
  if (value instanceof RawNumber) {
    return value.text;
  }
  const inner = typeof value === "object" && value !== null && "Value" in value ? value.Value : value;
  return inner === null || inner === undefined ? "" : String(inner).toLowerCase();
}
