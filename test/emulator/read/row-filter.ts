/** `$filter` over stored rows: whether a row matches. */
import type { Row } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import { compareStored } from "../rows/values.ts";
import { unknownProperty } from "../wire/errors.ts";
import { collectionRows } from "./collection.ts";
import { compileCondition } from "./condition.ts";
import type { Comparison, Filter } from "./filter.ts";
import { like } from "./like.ts";
import { checkComparable, edmOf, literalValue } from "./literal.ts";
import type { Scope } from "./property.ts";
import { resolveProperty } from "./property.ts";
import { querySyntaxError } from "./tokens.ts";

export type RowTest = (row: Row) => boolean;

/** Throws for an unknown property or a literal that is no value of its column. */
export function compileFilter(scope: Scope, filter: Filter): RowTest {
  switch (filter.kind) {
    case "and": {
      const terms = filter.terms.map((term) => compileFilter(scope, term));
      return (row) => terms.every((term) => term(row));
    }
    case "or": {
      const terms = filter.terms.map((term) => compileFilter(scope, term));
      return (row) => terms.some((term) => term(row));
    }
    case "not": {
      const term = compileFilter(scope, filter.term);
      return (row) => !term(row);
    }
    case "compare":
      return compileComparison(scope, filter);
    case "columns":
      return compileColumns(scope, filter);
    case "text":
      return compileText(scope, filter);
    case "in":
      return compileCall(
        scope,
        "in",
        filter.property,
        filter.literals.map(({ text }) => text),
      );
    case "call":
      return compileCall(
        scope,
        operatorOf(filter.name),
        filter.property,
        filter.literals.map(({ text }) => text),
      );
    case "lambda":
      return compileLambda(scope, filter);
  }
}

const outcomes: Readonly<Record<Comparison, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

function compileComparison(scope: Scope, filter: Filter & { kind: "compare" }): RowTest {
  const { column, read } = resolveProperty(scope, filter.property);
  const wanted = literalValue(column, filter.literal, filter.test);
  return (row) => compared(filter.test, read(row), wanted, (a, b) => compareStored(column, a, b));
}

function compileColumns(scope: Scope, filter: Filter & { kind: "columns" }): RowTest {
  const left = resolveProperty(scope, filter.property);
  const right = resolveProperty(scope, filter.other);
  checkComparable(left.column, right.column, filter.test);
  // Of two kinds of numbers, the order of decimals is right for both.
  const column = left.column.type === right.column.type ? left.column : { ...left.column, type: wider(left.column) };
  return (row) =>
    compared(filter.test, left.read(row), right.read(row), (a, b) =>
      compareStored(column, plain(column.type, a), plain(column.type, b)),
    );
}

function wider({ type }: { readonly type: string }): "decimal" | "datetime" | "text" | "guid" {
  switch (type) {
    case "datetime":
      return "datetime";
    case "text":
    case "memo":
    case "multiselect":
      return "text";
    case "guid":
    case "lookup":
    case "file":
      return "guid";
    default:
      return "decimal";
  }
}

function plain(type: string, value: Stored): Stored {
  if (value === null || typeof value === "string") {
    return type === "datetime" && value?.length === 10 ? `${value}T00:00:00Z` : value;
  }
  return typeof value === "object" ? (type === "guid" ? value.id : value) : type === "decimal" ? String(value) : value;
}

/** Null equals null and nothing else, and comes neither before nor after anything. */
function compared(test: Comparison, a: Stored, b: Stored, order: (a: Stored, b: Stored) => number): boolean {
  if (a === null || b === null) {
    return (test === "eq" && a === b) || (test === "ne" && a !== b);
  }
  return outcomes[test](order(a, b));
}

const frames = {
  contains: (text: string) => `%${text}%`,
  startswith: (text: string) => `${text}%`,
  endswith: (text: string) => `%${text}`,
} as const;

function compileText(scope: Scope, { test, property, literal }: Filter & { kind: "text" }): RowTest {
  const { column, read } = resolveProperty(scope, property);
  if (edmOf(column) !== "Edm.String" || literal.kind !== "text") {
    throw querySyntaxError(
      `No function signature for the function with name '${test}' matches the specified arguments. The function signatures considered are: ${test}(Edm.String Nullable=true, Edm.String Nullable=true).`,
    );
  }
  const holds = like(frames[test](literal.text));
  return (row) => {
    const value = read(row);
    return typeof value === "string" && holds(value);
  };
}

const irregular: ReadonlyMap<string, string> = new Map([
  ["Last7Days", "last-seven-days"],
  ["Next7Days", "next-seven-days"],
  ["DoesNotContainValues", "not-contain-values"],
  ["EqualUserId", "eq-userid"],
  ["NotEqualUserId", "ne-userid"],
  ["EqualBusinessId", "eq-businessid"],
  ["NotEqualBusinessId", "ne-businessid"],
]);

/** `OnOrAfter` is `on-or-after`, `OlderThanXDays` is `olderthan-x-days`. */
function operatorOf(name: string): string {
  return (
    irregular.get(name) ??
    name
      .replace("OlderThan", "Olderthan")
      .replace(/(?<!^)([A-Z])/g, "-$1")
      .toLowerCase()
  );
}

function compileCall(scope: Scope, operator: string, path: string, values: readonly string[]): RowTest {
  const { column, read } = resolveProperty(scope, path);
  const holds = compileCondition(scope.session, column, { operator, values }, (reason, text) =>
    querySyntaxError(
      reason === "operator"
        ? `An unknown function with name 'Microsoft.Dynamics.CRM.${text}' was found.`
        : `The value '${text.slice(0, 100)}' is not valid for the property '${column.name}' of type '${edmOf(column)}'.`,
    ),
  );
  return (row) => holds(read(row));
}

function compileLambda(scope: Scope, filter: Filter & { kind: "lambda" }): RowTest {
  if (scope.variable !== undefined) {
    throw querySyntaxError("Nested any and all are not supported.");
  }
  const collection = scope.table.collections.get(filter.property);
  const table = collection === undefined ? undefined : scope.session.catalog.find(collection.table);
  if (collection === undefined || table === undefined) {
    throw unknownProperty(scope.table.name, filter.property);
  }
  const { session } = scope;
  const holds =
    filter.body === undefined ? () => true : compileFilter({ session, table, variable: filter.variable }, filter.body);
  return (row) => {
    const rows = collectionRows(session, collection, row.id);
    return filter.quantifier === "any" ? rows.some(holds) : rows.every(holds);
  };
}
