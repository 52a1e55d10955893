/** Queries as JSON of the SDK's QueryExpression: one table and a tree of conditions on its columns. */
import type { Session } from "../environment.ts";
import { compileCondition } from "../read/condition.ts";
import { columnValue } from "../read/property.ts";
import type { RowTest } from "../read/row-filter.ts";
import type { Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Json, JsonObject } from "../wire/json-value.ts";
import { isObject, NumberText } from "../wire/json-value.ts";

export interface RowQuery {
  readonly table: Table;
  readonly matches: RowTest;
}

/** Deeper filters are nobody's. */
const depthMax = 20;

/** Throws for an unknown table, column or operator, and for joins. */
export function readQueryExpression(session: Session, query: Json | undefined): RowQuery {
  if (!isObject(query) || typeof query.get("EntityName") !== "string") {
    throw invalid("QuerySet must hold queries of the type QueryExpression, each with an EntityName.");
  }
  if (listOf(query, "LinkEntities").length > 0) {
    throw invalid("A query with LinkEntities is not supported here.");
  }
  const table = session.catalog.named(String(query.get("EntityName")));
  const criteria = query.get("Criteria") ?? null;
  return { table, matches: criteria === null ? () => true : compileFilter(session, table, criteria, 0) };
}

function compileFilter(session: Session, table: Table, filter: Json, depth: number): RowTest {
  if (!isObject(filter) || depth > depthMax) {
    throw invalid("Criteria must be a FilterExpression.");
  }
  const terms = [
    ...listOf(filter, "Conditions").map((condition) => compileTerm(session, table, condition)),
    ...listOf(filter, "Filters").map((inner) => compileFilter(session, table, inner, depth + 1)),
  ];
  switch (filter.get("FilterOperator") ?? "And") {
    case "And":
      return (row) => terms.every((term) => term(row));
    case "Or":
      return (row) => terms.length === 0 || terms.some((term) => term(row));
    default:
      throw invalid("FilterOperator must be And or Or.");
  }
}

function compileTerm(session: Session, table: Table, condition: Json): RowTest {
  const name = isObject(condition) ? condition.get("AttributeName") : undefined;
  if (!isObject(condition) || typeof name !== "string") {
    throw invalid("A ConditionExpression needs an AttributeName.");
  }
  const column = table.byName.get(name);
  if (column === undefined) {
    throw new ServiceError(
      400,
      codes.query,
      `'${table.schemaName}' entity doesn't contain attribute with Name = '${name}' and NameMapping = 'Logical'.`,
    );
  }
  const given = condition.get("Operator");
  const operator = typeof given === "string" ? operatorOf(given) : "eq";
  const values = listOf(condition, "Values").map(textOf);
  const test = compileCondition(session, column, { operator, values }, (reason, text) =>
    invalid(`The ${reason} '${text}' cannot be used in a condition on ${name}.`),
  );
  return (row) => test(columnValue(row, column));
}

const operators: ReadonlyMap<string, string> = new Map([
  ["Equal", "eq"],
  ["NotEqual", "ne"],
  ["GreaterThan", "gt"],
  ["GreaterEqual", "ge"],
  ["LessThan", "lt"],
  ["LessEqual", "le"],
  ["BeginsWith", "begins-with"],
  ["EndsWith", "ends-with"],
]);

/** As FetchXML names it: most are the same words, joined by hyphens. */
function operatorOf(name: string): string {
  return operators.get(name) ?? name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase();
}

/** A value stands alone, or as `{"Value": …, "Type": "System.Guid"}`. */
function textOf(given: Json): string {
  const value = isObject(given) ? (given.get("Value") ?? null) : given;
  if (value instanceof NumberText) {
    return value.text;
  }
  if (typeof value === "string" || typeof value === "boolean") {
    return String(value);
  }
  throw invalid("A value of a ConditionExpression must be a text, a number or a boolean.");
}

function listOf(holder: JsonObject, name: string): readonly Json[] {
  const value = holder.get(name) ?? [];
  if (!Array.isArray(value)) {
    throw invalid(`${name} must be a list.`);
  }
  return value as readonly Json[];
}

function invalid(message: string): ServiceError {
  return new ServiceError(400, codes.argument, message);
}
