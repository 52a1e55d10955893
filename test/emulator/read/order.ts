/** `$orderby`: rows in order, ties broken by the primary key so that pages neither repeat nor miss any. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import { compareStored } from "../rows/values.ts";
import type { Column } from "../schema/types.ts";
import type { Scope } from "./property.ts";
import { isReference, nameOf, resolveProperty } from "./property.ts";
import { querySyntaxError, syntaxError } from "./tokens.ts";

/** What an order looks at in a row: so much is kept of each while many are sorted. */
export interface SortKey {
  readonly id: string;
  readonly values: readonly Stored[];
}

export interface RowOrder {
  key(row: Row): SortKey;
  compare(a: SortKey, b: SortKey): number;
}

interface OrderTerm {
  readonly column: Column;
  readonly descending: boolean;
  read(row: Row): Stored;
}

/** Throws for an unknown property or direction. */
export function parseOrder(scope: Scope, text: string): RowOrder {
  const terms = text.split(",").map((term) => {
    const [name = "", direction = "asc", ...rest] = term.trim().split(/\s+/);
    if ((direction !== "asc" && direction !== "desc") || rest.length > 0) {
      throw syntaxError(text, text.indexOf(term) + term.length);
    }
    if (name === "") {
      throw querySyntaxError(`Expression expected at position ${text.length} in '${text}'.`);
    }
    const { column, read } = resolveProperty(scope, name);
    return { column, read, descending: direction === "desc" };
  });
  return orderBy(scope.session, terms);
}

/** Nulls come first, as they do in SQL Server. */
function orderBy(session: Session, terms: readonly OrderTerm[]): RowOrder {
  return {
    key: (row) => ({ id: row.id, values: terms.map(({ read }) => read(row)) }),
    compare: (a, b) => {
      for (const [index, { column, descending }] of terms.entries()) {
        const difference = compareShown(session, column, a.values[index] ?? null, b.values[index] ?? null);
        if (difference !== 0) {
          return descending ? -difference : difference;
        }
      }
      return byId(a, b);
    },
  };
}

function byId(a: SortKey, b: SortKey): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The rows in order. */
export function sortRows(rows: readonly Row[], { key, compare }: RowOrder): readonly Row[] {
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ row }) => row);
}

/** Lookups stand in the order of the names that people see. */
export function compareShown(session: Session, column: Column, a: Stored, b: Stored): number {
  if (!isReference(a) || !isReference(b)) {
    return compareStored(column, a, b);
  }
  const [first, second] = [nameOf(session, a) ?? "", nameOf(session, b) ?? ""].map((name) => name.toLowerCase());
  if (first === undefined || second === undefined || first === second) {
    return compareStored(column, a, b);
  }
  return first < second ? -1 : 1;
}
