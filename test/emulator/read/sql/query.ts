/** A SELECT statement as the query that FetchXML would write for it. */
import type { Catalog } from "../../rows/catalog.ts";
import type { Column, Table } from "../../schema/types.ts";
import { readName } from "../../schema/types.ts";
import type {
  Aggregate,
  FetchAttribute,
  FetchCondition,
  FetchEntity,
  FetchFilter,
  FetchLink,
  FetchOrder,
  FetchQuery,
} from "../fetch/query.ts";
import { columnNamed } from "../fetch/read.ts";
import { fetchRefusal, unknownEntity } from "../fetch/refusals.ts";
import type { Item, Join, Name, Statement, Where } from "./statement.ts";
import { sqlRefusal } from "./tokens.ts";

/** Throws the service's 400 for names that are not there. */
export function queryOf(catalog: Catalog, statement: Statement): FetchQuery {
  const tables = new Map([[statement.alias, tableNamed(catalog, statement.table)]]);
  for (const { table, alias } of statement.joins) {
    if (tables.has(alias)) {
      throw fetchRefusal("alias");
    }
    tables.set(alias, tableNamed(catalog, table));
  }
  const aggregate = statement.groups.length > 0 || statement.items.some(({ call }) => call !== undefined);
  const root = entityOf({ statement, tables, aggregate }, statement.alias);
  const filters = statement.where === undefined ? [] : [filterOf({ statement, tables, aggregate }, statement.where)];
  return {
    root: {
      ...root,
      filters,
      orders: statement.orders.map((order) => orderOf({ statement, tables, aggregate }, order)),
    },
    top: statement.top,
    offset: statement.offset,
    count: undefined,
    page: 1,
    cookie: undefined,
    aggregate,
    distinct: statement.distinct,
    counted: false,
  };
}

interface Names {
  readonly statement: Statement;
  /** By alias. */
  readonly tables: ReadonlyMap<string, Table>;
  readonly aggregate: boolean;
}

function tableNamed(catalog: Catalog, name: string): Table {
  const table = catalog.find(name);
  if (table === undefined) {
    throw unknownEntity(name);
  }
  return table;
}

interface Found {
  readonly alias: string;
  readonly column: Column;
}

/** A name without table is looked for in every one. */
function find({ tables, statement }: Names, { of, column }: Name): Found {
  const name = column.toLowerCase();
  if (of !== undefined) {
    const table = tables.get(of);
    if (table === undefined) {
      throw sqlRefusal(`The multi-part identifier "${of}.${name}" could not be bound.`);
    }
    return { alias: of, column: columnNamed(table, name) };
  }
  for (const [alias, table] of tables) {
    const found = table.byName.get(name);
    if (found !== undefined) {
      return { alias, column: found };
    }
  }
  return { alias: statement.alias, column: columnNamed(tableAt(tables, statement.alias), name) };
}

function tableAt(tables: ReadonlyMap<string, Table>, alias: string): Table {
  const table = tables.get(alias);
  if (table === undefined) {
    throw fetchRefusal("noAlias");
  }
  return table;
}

function entityOf(names: Names, alias: string): FetchEntity {
  const table = tableAt(names.tables, alias);
  return {
    table,
    alias,
    attributes: names.statement.items.flatMap((item) => attributesOf(names, item, alias)),
    filters: [],
    orders: [],
    links: names.statement.joins.flatMap((join) => linkOf(names, join, alias)),
  };
}

/** A join hangs on the entity that its condition names besides its own. */
function linkOf(names: Names, join: Join, parent: string): readonly FetchLink[] {
  const [left, right] = join.on.map((name) => find(names, name));
  const [own, other] = left?.alias === join.alias ? [left, right] : [right, left];
  if (own === undefined || other === undefined || own.alias !== join.alias || other.alias === join.alias) {
    throw sqlRefusal("A join compares a column of its table with one of a table before it.");
  }
  return other.alias === parent
    ? [{ ...entityOf(names, join.alias), from: own.column, to: other.column, outer: join.outer }]
    : [];
}

function attributesOf(names: Names, item: Item, alias: string): readonly FetchAttribute[] {
  const found =
    item.name === undefined
      ? { alias: names.statement.alias, column: tableAt(names.tables, names.statement.alias).primaryId }
      : find(names, item.name);
  if (found.alias !== alias) {
    return [];
  }
  const aggregate = item.call === "COUNT" && item.name !== undefined ? "countcolumn" : item.call?.toLowerCase();
  return [
    {
      column: found.column,
      alias: shownAs(item, found.column),
      aggregate: aggregate as Aggregate | undefined,
      distinct: item.distinct,
      groupBy: names.aggregate && item.call === undefined,
      dateGrouping: undefined,
    },
  ];
}

function shownAs({ as, call }: Item, column: Column): string {
  return as ?? (call === undefined ? readName(column) : `${call.toLowerCase()}_${column.name}`);
}

function filterOf(names: Names, where: Where): FetchFilter {
  if (where.kind !== "test") {
    const terms = where.terms.map((term) => (term.kind === "test" ? conditionOf(names, term) : filterOf(names, term)));
    return { kind: "filter", type: where.kind, terms };
  }
  return { kind: "filter", type: "and", terms: [conditionOf(names, where)] };
}

function conditionOf(names: Names, { name, operator, values }: Where & { kind: "test" }): FetchCondition {
  const { alias, column } = find(names, name);
  const entity = alias === names.statement.alias ? undefined : alias;
  return { kind: "condition", entity, attribute: column.name, operator, values, valueOf: undefined };
}

function orderOf(
  names: Names,
  { name, descending }: { readonly name: Name; readonly descending: boolean },
): FetchOrder {
  const named = names.statement.items.find(({ as }) => as?.toLowerCase() === name.column.toLowerCase());
  if (names.aggregate) {
    const alias = named?.as ?? readName(find(names, name).column);
    return { attribute: undefined, alias, entity: undefined, descending };
  }
  const { alias, column } = find(names, named?.name ?? name);
  const entity = alias === names.statement.alias ? undefined : alias;
  return { attribute: column.name, alias: undefined, entity, descending };
}
