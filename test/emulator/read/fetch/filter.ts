/** Filters of FetchXML over rows, alone or joined. */
import type { Session } from "../../environment.ts";
import type { Row } from "../../rows/row.ts";
import type { Stored } from "../../rows/values.ts";
import { compareStored } from "../../rows/values.ts";
import type { Column } from "../../schema/types.ts";
import { compileCondition } from "../condition.ts";
import { columnValue } from "../property.ts";
import type { Joined, Plan } from "./plan.ts";
import { placeOf } from "./plan.ts";
import type { FetchCondition, FetchFilter } from "./query.ts";
import { columnNamed } from "./read.ts";
import { fetchRefusal } from "./refusals.ts";

export type Test<T> = (subject: T) => boolean;

/** How a condition finds its column and the value of it. */
interface Subject<T> {
  column(condition: FetchCondition): Column;
  read(condition: FetchCondition, subject: T, column: Column): Stored;
}

/** The filters of the entity at a place, over its rows alone. */
export function rowTest(session: Session, plan: Plan, place: number): Test<Row> {
  const table = plan.entities[place]?.table ?? plan.root.table;
  return allOf(session, plan.entities[place]?.filters ?? [], {
    column: ({ entity, attribute }) => {
      if (entity !== undefined) {
        throw fetchRefusal("noAlias");
      }
      return columnNamed(table, attribute);
    },
    read: (_condition, row, column) => columnValue(row, column),
  });
}

/** The root's filters, which may name other entities. */
export function joinedTest(session: Session, plan: Plan): Test<Joined> {
  return allOf(session, plan.root.filters, {
    column: ({ entity, attribute }) =>
      columnNamed((plan.entities[placeOf(plan, entity, 0)] ?? plan.root).table, attribute),
    read: ({ entity }, joined, column) => {
      const row = joined[placeOf(plan, entity, 0)];
      return row === undefined ? null : columnValue(row, column);
    },
  });
}

/** Whether a filter looks at the root alone. */
export function isLocal({ terms }: FetchFilter): boolean {
  return terms.every((term) => (term.kind === "filter" ? isLocal(term) : term.entity === undefined));
}

function allOf<T>(session: Session, filters: readonly FetchFilter[], subject: Subject<T>): Test<T> {
  const tests = filters.map((filter) => compile(session, filter, subject));
  return (one) => tests.every((test) => test(one));
}

function compile<T>(session: Session, filter: FetchFilter, subject: Subject<T>): Test<T> {
  const terms = filter.terms.map((term) =>
    term.kind === "filter" ? compile(session, term, subject) : compileOne(session, term, subject),
  );
  if (terms.length === 0) {
    return () => true;
  }
  return filter.type === "and" ? (one) => terms.every((term) => term(one)) : (one) => terms.some((term) => term(one));
}

function compileOne<T>(session: Session, condition: FetchCondition, subject: Subject<T>): Test<T> {
  const column = subject.column(condition);
  if (condition.valueOf !== undefined) {
    const other = { ...condition, attribute: condition.valueOf };
    const otherColumn = subject.column(other);
    const holds = comparison(condition.operator);
    return (one) => {
      const [left, right] = [subject.read(condition, one, column), subject.read(other, one, otherColumn)];
      return left !== null && right !== null && holds(compareStored(column, left, right));
    };
  }
  const holds = compileCondition(session, column, condition, (reason, text) =>
    fetchRefusal(reason, `(${column.name}: '${text.slice(0, 100)}')`),
  );
  return (one) => holds(subject.read(condition, one, column));
}

function comparison(operator: string): (order: number) => boolean {
  switch (operator) {
    case "eq":
      return (order) => order === 0;
    case "ne":
    case "neq":
      return (order) => order !== 0;
    case "gt":
      return (order) => order > 0;
    case "ge":
      return (order) => order >= 0;
    case "lt":
      return (order) => order < 0;
    case "le":
      return (order) => order <= 0;
    default:
      throw fetchRefusal("operator", "Columns are compared by eq, ne, gt, ge, lt and le alone.");
  }
}
