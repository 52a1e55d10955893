/** One page of what a FetchXML query finds. */
import type { Session } from "../../environment.ts";
import type { Stored } from "../../rows/values.ts";
import type { Column } from "../../schema/types.ts";
import { compareShown } from "../order.ts";
import { pageMax, readPagingCookie } from "../paging.ts";
import { columnValue } from "../property.ts";
import { joinedRows, keyOf } from "./join.ts";
import type { Joined, Plan } from "./plan.ts";
import { placeOf } from "./plan.ts";
import type { FetchOrder, FetchQuery } from "./query.ts";
import { columnNamed } from "./read.ts";
import { fetchRefusal } from "./refusals.ts";

export interface FetchPage {
  readonly rows: readonly Joined[];
  readonly more: boolean;
  /** How many there are, counted up to one more than a page may show; undefined if nobody asked. */
  readonly total: number | undefined;
}

/** Pages by number alone end here. */
const simplePagingMax = 50_000;

export function readFetchPage(session: Session, query: FetchQuery, plan: Plan): FetchPage {
  const size = pageSizeOf(query);
  const skipped = query.offset + (query.page - 1) * size;
  const last = query.cookie === undefined ? undefined : lastOf(query.cookie);
  if (last === undefined && skipped + size > simplePagingMax && query.page > 1) {
    throw fetchRefusal("cookieNeeded");
  }
  const total = query.counted ? count(joinedRows(session, plan, undefined)) : undefined;
  const orders = plan.entities.flatMap(({ orders: own }, place) => own.map((order) => ({ order, place })));
  // Where each row of the root is one result, in the order of its id, the cookie says where to go on.
  const straight = orders.length === 0 && plan.links.length === 0 && !query.distinct;
  const after = straight ? last : undefined;
  const start = after === undefined ? skipped : 0;
  const joined = joinedRows(session, plan, after);
  const all = query.distinct ? eachOnce(plan, joined) : joined;
  const rows = orders.length === 0 ? stretch(all, start, size + 1) : sorted(session, plan, all, orders).slice(start);
  return { rows: rows.slice(0, size), more: query.top === undefined && rows.length > size, total };
}

/** Rows that show what none before them does. */
function* eachOnce(plan: Plan, rows: Iterable<Joined>): Iterable<Joined> {
  const seen = new Set<string>();
  for (const joined of rows) {
    const values = plan.entities.flatMap(({ attributes }, place) => {
      const row = joined[place];
      return attributes.map(({ column }) => (row === undefined ? null : keyOf(columnValue(row, column))));
    });
    const key = JSON.stringify(values);
    if (!seen.has(key)) {
      seen.add(key);
      yield joined;
    }
  }
}

function pageSizeOf({ top, count: asked, page }: FetchQuery): number {
  if (top !== undefined && (asked !== undefined || page > 1)) {
    throw fetchRefusal("invalid", "The top attribute can't be specified with paging attribute page");
  }
  return Math.min(pageMax, top ?? (asked === undefined || asked === 0 ? pageMax : asked));
}

function lastOf(cookie: string): string {
  const found = readPagingCookie(cookie);
  if (found === undefined) {
    throw fetchRefusal("cookie");
  }
  return found.last;
}

function stretch(rows: Iterable<Joined>, start: number, length: number): readonly Joined[] {
  const found: Joined[] = [];
  let at = 0;
  for (const row of rows) {
    if (at >= start) {
      found.push(row);
    }
    at += 1;
    if (found.length >= length) {
      break;
    }
  }
  return found;
}

function count(rows: Iterable<Joined>): number {
  let found = 0;
  for (const _row of rows) {
    found += 1;
    if (found > pageMax) {
      break;
    }
  }
  return found;
}

interface Term {
  readonly column: Column;
  readonly sign: 1 | -1;
  read(joined: Joined): Stored;
}

function sorted(
  session: Session,
  plan: Plan,
  rows: Iterable<Joined>,
  orders: readonly { readonly order: FetchOrder; readonly place: number }[],
): readonly Joined[] {
  const terms = orders.map(({ order, place }) => termOf(plan, order, place));
  return [...rows].sort((a, b) => {
    for (const { column, sign, read } of terms) {
      const difference = compareShown(session, column, read(a), read(b));
      if (difference !== 0) {
        return sign * difference;
      }
    }
    return (a[0]?.id ?? "") < (b[0]?.id ?? "") ? -1 : 1;
  });
}

function termOf(plan: Plan, { attribute, entity, descending }: FetchOrder, own: number): Term {
  const place = placeOf(plan, entity, own);
  const column = columnNamed((plan.entities[place] ?? plan.root).table, attribute ?? "");
  return {
    column,
    sign: descending ? -1 : 1,
    read: (joined) => {
      const row = joined[place];
      return row === undefined ? null : columnValue(row, column);
    },
  };
}
