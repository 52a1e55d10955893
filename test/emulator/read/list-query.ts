/** The options of a list as one thing: what matches, in which order, how much of it. */
import type { Session } from "../environment.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Query } from "../wire/query.ts";
import { parseExpand } from "./expand.ts";
import type { Filter } from "./filter.ts";
import { parseFilter } from "./filter.ts";
import { nonNegative } from "./number-option.ts";
import type { RowOrder } from "./order.ts";
import { parseOrder } from "./order.ts";
import type { Cookie } from "./paging.ts";
import { readSkipToken } from "./paging.ts";
import { projectionOf } from "./projection.ts";
import { columnValue } from "./property.ts";
import type { RowTest } from "./row-filter.ts";
import { compileFilter } from "./row-filter.ts";
import type { Projection } from "./shape.ts";
import { querySyntaxError } from "./tokens.ts";

export interface ListQuery {
  readonly projection: Projection;
  readonly filter: Filter | undefined;
  /** Undefined: every row matches. */
  readonly holds: RowTest | undefined;
  readonly order: RowOrder | undefined;
  readonly top: number | undefined;
  readonly counted: boolean;
  readonly cookie: Cookie | undefined;
}

/** Throws the service's 400. */
export function readListQuery(session: Session, table: Table, query: Query): ListQuery {
  checkOptions(query, ofLists);
  const scope = { session, table, aliases: query };
  const [text, order, top, cookie] = ["$filter", "$orderby", "$top", "$skiptoken"].map((name) => query.get(name));
  const filter = text === undefined ? undefined : parseFilter(text, query);
  const tests = [
    filter === undefined ? undefined : compileFilter(scope, filter),
    inPartition(table, query.get("partitionId")),
  ].filter((test) => test !== undefined);
  return {
    projection: projectionOf(table, query.get("$select"), parseExpand(scope, query.get("$expand"))),
    filter,
    holds: tests.length === 0 ? undefined : (row) => tests.every((test) => test(row)),
    order: order === undefined ? undefined : parseOrder(scope, order),
    top: top === undefined ? undefined : nonNegative(top, "$top"),
    counted: readCount(query.get("$count")),
    cookie: cookie === undefined ? undefined : readSkipToken(cookie),
  };
}

/** `tag` is for plug-ins only. */
const ofRows: ReadonlySet<string> = new Set(["tag", "partitionId", "$select", "$expand"]);
const ofLists: ReadonlySet<string> = new Set([...ofRows, "$filter", "$orderby", "$top", "$count", "$skiptoken"]);

/** Refuses what a list of rows cannot be asked, instead of ignoring it in silence. */
function checkOptions(query: Query, supported: ReadonlySet<string>): void {
  for (const option of query.keys()) {
    if (option === "$skip") {
      throw querySyntaxError("Skip Clause is not supported in CRM");
    }
    if (supported === ofRows && ofLists.has(option) && !ofRows.has(option)) {
      throw querySyntaxError(
        "The requested resource is not a collection. Query options $filter, $orderby, $count, $skip, and $top can be applied only on collections.",
      );
    }
    if (!supported.has(option) && !option.startsWith("@")) {
      throw new ServiceError(400, codes.query, `The query parameter ${option.slice(0, 100)} is not supported`);
    }
  }
}

/** What one row shows. Throws the service's 400. */
export function readRowQuery(session: Session, table: Table, query: Query): Projection {
  checkOptions(query, ofRows);
  return shownOf(session, table, query);
}

/** Like `readRowQuery` without a look at the other options. */
export function shownOf(session: Session, table: Table, query: Query): Projection {
  const expansions = parseExpand({ session, table, aliases: query }, query.get("$expand"));
  return projectionOf(table, query.get("$select"), expansions);
}

function readCount(text: string | undefined): boolean {
  if (text !== undefined && text !== "true" && text !== "false") {
    throw querySyntaxError(
      `Invalid value '${text.slice(0, 100)}' for $count query option found. The $count query option requires a boolean value: 'true' or 'false'.`,
    );
  }
  return text === "true";
}

/** Rows of one logical partition of an elastic table. The documented form quotes the value. */
function inPartition(table: Table, partition: string | undefined): RowTest | undefined {
  const column = table.byName.get("partitionid");
  if (partition === undefined || column === undefined) {
    return undefined;
  }
  const wanted: Stored = partition.replace(/^'(.*)'$/s, "$1");
  return (row) => columnValue(row, column) === wanted;
}
