/** Reads `$expand`: which related rows come along, and what is shown of them. */
import type { Session } from "../environment.ts";
import type { Collection, Navigation, Table } from "../schema/types.ts";
import { unknownProperty } from "../wire/errors.ts";
import type { Aliases } from "./filter.ts";
import { parseFilter } from "./filter.ts";
import { nonNegative } from "./number-option.ts";
import { parseOrder } from "./order.ts";
import { projectionOf } from "./projection.ts";
import { singleTarget } from "./property.ts";
import { compileFilter } from "./row-filter.ts";
import type { Expansion, Projection } from "./shape.ts";
import { splitOutside } from "./split.ts";
import { querySyntaxError } from "./tokens.ts";

export interface ExpandScope {
  readonly session: Session;
  readonly table: Table;
  readonly aliases: Aliases;
}

/** In one request, nested ones included. */
const expansionsMax = 15;

/** Deeper nesting is of no use and could exhaust the stack. */
const depthMax = 10;

/** Throws the service's 400. */
export function parseExpand(scope: ExpandScope, text: string | undefined): readonly Expansion[] {
  return text === undefined ? [] : readExpansions(scope, text, { left: expansionsMax, depth: 0 });
}

interface Budget {
  left: number;
  depth: number;
}

function readExpansions(scope: ExpandScope, text: string, budget: Budget): readonly Expansion[] {
  return splitOutside(text, ",").map((item) => {
    budget.left -= 1;
    if (budget.left < 0 || budget.depth > depthMax) {
      throw querySyntaxError(`The number of $expand options in a query must not exceed ${expansionsMax}.`);
    }
    const [, name, suffix, options = ""] = /^([\w.]+)(\/\$ref)?\s*(?:\((.*)\))?$/s.exec(item) ?? [];
    if (name === undefined) {
      throw querySyntaxError(`Term '${item.slice(0, 200)}' is not valid in a $select or $expand expression.`);
    }
    return readExpansion(scope, { name, references: suffix !== undefined, options: readOptions(options) }, budget);
  });
}

interface Item {
  readonly name: string;
  readonly references: boolean;
  readonly options: ReadonlyMap<string, string>;
}

function readExpansion(scope: ExpandScope, item: Item, budget: Budget): Expansion {
  const navigation = scope.table.navigations.get(item.name);
  if (navigation !== undefined) {
    return single(scope, item, navigation, budget);
  }
  const collection = scope.table.collections.get(item.name);
  const table = collection === undefined ? undefined : scope.session.catalog.find(collection.table);
  if (collection === undefined || table === undefined) {
    throw unknownProperty(scope.table.name, item.name);
  }
  if (collection.kind === "manyToMany" && budget.depth > 0) {
    throw querySyntaxError(`The many-to-many relationship '${item.name}' cannot be expanded inside another $expand.`);
  }
  return many(scope, item, { collection, table }, budget);
}

function single(scope: ExpandScope, { name, references, options }: Item, navigation: Navigation, budget: Budget) {
  for (const option of options.keys()) {
    if (option !== "$select" && option !== "$expand") {
      throw querySyntaxError(`The query option '${option}' cannot be applied to the single-valued property '${name}'.`);
    }
  }
  const table = singleTarget(scope.session, navigation);
  const common = { kind: "single", name, references, navigation } as const;
  if (table === undefined) {
    const other = splitOutside(options.get("$select") ?? "", ",").find((column) => column !== navigation.column.name);
    if (other !== undefined || options.has("$expand")) {
      throw unknownProperty("principal", other ?? options.get("$expand") ?? "");
    }
    return { ...common, table, projection: undefined };
  }
  return { ...common, table, projection: innerProjection({ ...scope, table }, options, budget) };
}

function many(
  scope: ExpandScope,
  { name, references, options }: Item,
  { collection, table }: { readonly collection: Collection; readonly table: Table },
  budget: Budget,
): Expansion {
  const inner = { session: scope.session, table, aliases: scope.aliases };
  const [filter, order, top] = [options.get("$filter"), options.get("$orderby"), options.get("$top")];
  return {
    kind: "collection",
    name,
    references,
    collection,
    table,
    projection: innerProjection(inner, options, budget),
    holds: filter === undefined ? undefined : compileFilter(inner, parseFilter(filter, scope.aliases)),
    order: order === undefined ? undefined : parseOrder(inner, order),
    top: top === undefined ? undefined : nonNegative(top, "$top"),
    options,
  };
}

function innerProjection(scope: ExpandScope, options: ReadonlyMap<string, string>, budget: Budget): Projection {
  const nested = options.get("$expand");
  budget.depth += 1;
  const expansions = nested === undefined ? [] : readExpansions(scope, nested, budget);
  budget.depth -= 1;
  return projectionOf(scope.table, options.get("$select"), expansions);
}

const known: ReadonlySet<string> = new Set(["$select", "$filter", "$orderby", "$top", "$expand"]);

function readOptions(text: string): ReadonlyMap<string, string> {
  return new Map(
    splitOutside(text, ";").map((option) => {
      const equals = option.indexOf("=");
      const name = option.slice(0, Math.max(0, equals)).trim();
      if (!known.has(name)) {
        throw querySyntaxError(`Term '${option.slice(0, 200)}' is not valid in a $select or $expand expression.`);
      }
      return [name, option.slice(equals + 1).trim()] as const;
    }),
  );
}
