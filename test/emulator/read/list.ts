/** One page of a list of rows. Without `$orderby` it costs what it shows, not what the table holds. */
import type { Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { ListQuery } from "./list-query.ts";
import type { RowOrder, SortKey } from "./order.ts";
import { pageMax } from "./paging.ts";
import { sortedIds } from "./sorted.ts";
import type { Source } from "./source.ts";

export interface Page {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

export interface PageOrder {
  readonly size: number;
  /** Says what was asked for, among all lists of this environment. */
  readonly key: string;
  /** Whether the client asked for pages of a size: then `$top` means nothing. */
  readonly paged: boolean;
}

export function readPage(session: Session, source: Source, query: ListQuery, order: PageOrder): Page {
  const shown = ((query.cookie?.page ?? 1) - 1) * order.size;
  const left = query.top === undefined || order.paged ? Number.POSITIVE_INFINITY : Math.max(0, query.top - shown);
  const wanted = Math.min(order.size, left);
  const rows =
    query.order === undefined
      ? inOrder(source, query, wanted + 1)
      : sorted(session, source, query, { ...order, order: query.order });
  return { rows: rows.slice(0, wanted), more: rows.length > wanted && wanted < left };
}

/** Up to `limit` matching rows after the cookie, by primary key. */
function inOrder(source: Source, { holds, cookie }: ListQuery, limit: number): readonly Row[] {
  const found: Row[] = [];
  for (const row of source.rows(cookie?.last)) {
    if (found.length >= limit) {
      break;
    }
    if (holds === undefined || holds(row)) {
      found.push(row);
    }
  }
  return found;
}

interface Sorting extends PageOrder {
  readonly order: RowOrder;
}

function sorted(session: Session, source: Source, query: ListQuery, sorting: Sorting): readonly Row[] {
  const { size, key, paged, order } = sorting;
  const { cookie, top } = query;
  const rows = session.store.rows(source.table);
  const read = (ids: readonly string[]): readonly Row[] => ids.flatMap((id) => rows.get(id) ?? []);
  if (cookie === undefined && top !== undefined && top <= size && !paged) {
    return read(first(sortKeys(source, query, order), order, top));
  }
  const ids = sortedIds(session.store, key, () =>
    [...sortKeys(source, query, order)].sort(order.compare).map(({ id }) => id),
  );
  const start = cookie === undefined ? 0 : placeAfter(ids, cookie.last, (cookie.page - 1) * size);
  return read(ids.slice(start, start + size + 1));
}

/** Of the rows that match: whole rows of a large table would fill the memory. */
function* sortKeys(source: Source, { holds }: ListQuery, order: RowOrder): Iterable<SortKey> {
  for (const row of source.rows(undefined)) {
    if (holds === undefined || holds(row)) {
      yield order.key(row);
    }
  }
}

/** The place after this id: where it is expected, wherever else it is, or as far on as pages have been shown. */
function placeAfter(ids: readonly string[], id: string, expected: number): number {
  const at = ids[expected - 1] === id ? expected - 1 : ids.indexOf(id);
  return at < 0 ? expected : at + 1;
}

/** The first `count` ids of an order without sorting all of them. */
function first(keys: Iterable<SortKey>, { compare }: RowOrder, count: number): readonly string[] {
  let found: SortKey[] = [];
  for (const key of keys) {
    found.push(key);
    if (found.length > 2 * count + pageMax) {
      found = found.sort(compare).slice(0, count);
    }
  }
  return found
    .sort(compare)
    .slice(0, count)
    .map(({ id }) => id);
}

/** Matching rows, counted up to `limit`. */
export function countRowsOf(source: Source, { holds }: Pick<ListQuery, "holds">, limit: number): number {
  if (holds === undefined && source.size !== undefined) {
    return Math.min(source.size, limit);
  }
  let count = 0;
  for (const row of source.rows(undefined)) {
    count += holds === undefined || holds(row) ? 1 : 0;
    if (count >= limit) {
      break;
    }
  }
  return count;
}
