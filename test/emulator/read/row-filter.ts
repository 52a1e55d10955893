/** `$filter` over stored rows: which rows can match by an index, and whether a row does. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/store.ts";
import { stored } from "../rows/store.ts";
import type { Stored, ValueRules } from "../rows/values.ts";
import { canonicalGuid, compareStored, foldText, readValue } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { codes, ServiceError, unknownProperty } from "../wire/errors.ts";
import { NumberText } from "../wire/json.ts";
import type { Comparison, Filter, FilterLiteral } from "./filter.ts";

export type RowTest = (row: Row) => boolean;

/** Throws for an unknown property or a literal that is no value of its column. */
export function compileFilter(table: Table, filter: Filter, rules: ValueRules): RowTest {
  switch (filter.kind) {
    case "and": {
      const terms = filter.terms.map((term) => compileFilter(table, term, rules));
      return (row) => terms.every((term) => term(row));
    }
    case "or": {
      const terms = filter.terms.map((term) => compileFilter(table, term, rules));
      return (row) => terms.some((term) => term(row));
    }
    case "not": {
      const term = compileFilter(table, filter.term, rules);
      return (row) => !term(row);
    }
    case "compare":
      return compileComparison(table, filter, rules);
    case "text": {
      const column = columnOf(table, filter.property);
      const wanted = foldText(filter.literal.text);
      const tests = { contains: "includes", startswith: "startsWith", endswith: "endsWith" } as const;
      return (row) => {
        const value = stored(row, column);
        return typeof value === "string" && foldText(value)[tests[filter.test]](wanted);
      };
    }
    case "in": {
      const column = columnOf(table, filter.property);
      const wanted = filter.literals.map((literal) => literalValue(table, column, literal, rules));
      if (column === table.primaryId) {
        const ids = new Set(wanted);
        return (row) => ids.has(row.id);
      }
      return (row) => wanted.some((value) => compareStored(column, stored(row, column), value) === 0);
    }
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

function compileComparison(table: Table, filter: Filter & { kind: "compare" }, rules: ValueRules): RowTest {
  const column = columnOf(table, filter.property);
  const wanted = literalValue(table, column, filter.literal, rules);
  const holds = outcomes[filter.test];
  const nullsCount = filter.test === "eq" || filter.test === "ne";
  return (row) => {
    const value = stored(row, column);
    return (nullsCount || value !== null) && holds(compareStored(column, value, wanted));
  };
}

/** The rows that can match, found by primary or alternate key; undefined if all must be looked at. */
export function candidates(session: Session, table: Table, filter: Filter | undefined): readonly Row[] | undefined {
  switch (filter?.kind) {
    case "compare":
      return filter.test === "eq" ? byValues(session, table, filter.property, [filter.literal]) : undefined;
    case "in":
      return byValues(session, table, filter.property, filter.literals);
    case "and":
      return filter.terms.map((term) => candidates(session, table, term)).find((rows) => rows !== undefined);
    case "or": {
      const parts = filter.terms.map((term) => candidates(session, table, term));
      return parts.includes(undefined) ? undefined : [...new Set(parts.flatMap((rows) => rows ?? []))];
    }
    default:
      return undefined;
  }
}

function byValues(
  session: Session,
  table: Table,
  property: string,
  literals: readonly FilterLiteral[],
): readonly Row[] | undefined {
  const column = columnOf(table, property);
  const rows = session.store.rows(table);
  const key = table.keys.find(
    ({ columns, status }) => status === "Active" && columns.length === 1 && columns[0] === column,
  );
  if ((column !== table.primaryId && key === undefined) || literals.some((literal) => literal.kind === "null")) {
    return undefined;
  }
  const found = literals.map((literal) => {
    const value = literalValue(table, column, literal, session.settings);
    return key === undefined ? rows.get(String(value)) : rows.find(key, [value]);
  });
  return [...new Set(found.filter((row) => row !== undefined))];
}

export function columnOf(table: Table, property: string): Column {
  const column = table.byReadName.get(property);
  if (column === undefined) {
    throw unknownProperty(table.name, property);
  }
  return column;
}

function literalValue(table: Table, column: Column, { kind, text }: FilterLiteral, rules: ValueRules): Stored {
  if (kind === "null") {
    return null;
  }
  switch (column.type) {
    case "text":
    case "memo":
    case "multiselect":
    case "image":
    case "partylist":
      return text;
    case "guid":
    case "lookup":
    case "file":
      return canonicalGuid(text) ?? refuse(column, text);
    case "boolean":
      return booleanOf(text) ?? refuse(column, text);
    case "choice":
    case "state":
    case "status":
    case "integer":
      return Number.isInteger(Number(text)) ? Number(text) : refuse(column, text);
    case "bigint":
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : refuse(column, text);
    case "decimal":
    case "money":
    case "float":
      return readValue({ table, column: unbounded(column) }, new NumberText(text), rules);
    case "datetime":
    case "dateonly":
      return readValue(
        { table, column },
        column.type === "datetime" && text.length === 10 ? `${text}T00:00:00Z` : text,
        rules,
      );
  }
}

function booleanOf(text: string): boolean | undefined {
  return { true: true, "1": true, false: false, "0": false }[text];
}

/** A filter may name a number that the column could not hold. */
function unbounded(column: Column): Column {
  return { ...column, min: "-1000000000000000000", max: "1000000000000000000", precision: 28 };
}

function refuse(column: Column, text: string): never {
  throw new ServiceError(400, codes.query, `The literal '${text}' is no value of the column '${column.name}'.`);
}
