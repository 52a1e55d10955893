/** GET of one row and of a table: `$select $filter $orderby $top $count` and paging. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import type { Row } from "../rows/store.ts";
import { stored } from "../rows/store.ts";
import { compareStored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { preferences } from "../wire/http.ts";
import type { Query } from "../wire/query.ts";
import { parseFilter } from "./filter.ts";
import { contextUrl, renderMembers, selectColumns } from "./render.ts";
import { candidates, columnOf, compileFilter } from "./row-filter.ts";

/** Rows on a page at most, and by default. */
const pageMax = 5000;

/** `tag` is for plug-ins only. */
const supported = new Set(["tag", "$select", "$filter", "$orderby", "$top", "$count", "$skiptoken"]);

export interface Page {
  readonly body: string;
  /** What `Preference-Applied` says, if anything. */
  readonly applied: string | undefined;
}

/** Refuses what this environment would otherwise ignore in silence. */
export function checkQuery(query: Query): void {
  for (const option of query.keys()) {
    if (!supported.has(option)) {
      throw new ServiceError(400, codes.query, `The query parameter ${option} is not supported.`);
    }
  }
}

export function readRows(session: Session, table: Table, query: Query, prefer: string | undefined): Page {
  checkQuery(query);
  const wishes = preferences(prefer);
  const annotations = wishes.get("odata.include-annotations") ?? "";
  const selection = {
    columns: selectColumns(table, query.get("$select")),
    annotate: /\*|lookuplogicalname/.test(annotations),
  };
  const matching = matchingRows(session, table, query);
  const asked = wishes.get("odata.maxpagesize");
  const pageSize = asked === undefined ? pageMax : Math.min(pageMax, count(asked, "odata.maxpagesize", 1));
  const top = query.get("$top");
  const rows = top === undefined || asked !== undefined ? matching : matching.slice(0, count(top, "$top", 0));
  const page = pageNumber(query.get("$skiptoken"));
  const shown = rows.slice((page - 1) * pageSize, page * pageSize);
  const members = [`"@odata.context":${JSON.stringify(contextUrl(session.settings, table, selection, ""))}`];
  if (query.get("$count") === "true") {
    members.push(`"@odata.count":${Math.min(matching.length, pageMax)}`);
  }
  members.push(`"value":[${shown.map((row) => `{${renderMembers(row, selection)}}`).join(",")}]`);
  if (page * pageSize < rows.length) {
    members.push(`"@odata.nextLink":${JSON.stringify(nextLink(session, table, query, page + 1))}`);
  }
  return {
    body: `{${members.join(",")}}`,
    applied: asked === undefined ? undefined : `odata.maxpagesize=${pageSize}`,
  };
}

export function countMatching(session: Session, table: Table, query: Query): number {
  checkQuery(query);
  return matchingRows(session, table, query).length;
}

function matchingRows(session: Session, table: Table, query: Query): readonly Row[] {
  const text = query.get("$filter");
  const filter = text === undefined ? undefined : parseFilter(text);
  const holds = filter === undefined ? undefined : compileFilter(table, filter, session.settings);
  const rows = session.store.rows(table);
  const found = candidates(session, table, filter);
  const sorted =
    found === undefined
      ? rows.ids().flatMap((id) => rows.get(id) ?? [])
      : [...found].sort((a, b) => (a.id < b.id ? -1 : 1));
  const matching = holds === undefined ? sorted : sorted.filter(holds);
  const order = query.get("$orderby");
  return order === undefined ? matching : [...matching].sort(comparator(table, order));
}

function comparator(table: Table, order: string): (a: Row, b: Row) => number {
  const terms = order.split(",").map((term) => {
    const [name = "", direction = "asc", ...rest] = term.trim().split(/\s+/);
    if ((direction !== "asc" && direction !== "desc") || rest.length > 0) {
      throw new ServiceError(400, codes.query, `Syntax error in $orderby: '${term.trim()}'.`);
    }
    return { column: columnOf(table, name), sign: direction === "asc" ? 1 : -1 };
  });
  return (a, b) => {
    for (const { column, sign } of terms) {
      const difference = compareColumn(column, a, b);
      if (difference !== 0) {
        return sign * difference;
      }
    }
    return 0;
  };
}

function compareColumn(column: Column, a: Row, b: Row): number {
  return compareStored(column, stored(a, column), stored(b, column));
}

function count(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ServiceError(400, codes.query, `The value '${text}' of ${option} is not valid.`);
  }
  return value;
}

/** The cookie is encoded twice over, so that clients which take it apart are found out. */
function nextLink(session: Session, table: Table, query: Query, page: number): string {
  const cookie = encodeURIComponent(`<cookie page="${page}"></cookie>`);
  const token = `<cookie pagenumber="${page}" pagingcookie="${encodeURIComponent(cookie)}" istracking="False" />`;
  const kept = [...query].filter(([name]) => name !== "$skiptoken");
  const options = [...kept, ["$skiptoken", token] as const].map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return `${session.settings.url}${serviceRoot}${table.setName}?${options.join("&")}`;
}

function pageNumber(token: string | undefined): number {
  if (token === undefined) {
    return 1;
  }
  const [, page] = /^<cookie pagenumber="(\d{1,9})" pagingcookie="[^"]*" istracking="False" \/>$/.exec(token) ?? [];
  if (page === undefined) {
    throw new ServiceError(400, codes.query, "Malformed Paging Cookie.");
  }
  return Number(page);
}
