/** FetchXML: from the request to the answer. */
import { etag } from "../../elastic/etag.ts";
import { idOf } from "../../elastic/identity.ts";
import type { Session } from "../../environment.ts";
import type { Row } from "../../rows/row.ts";
import type { Stored } from "../../rows/values.ts";
import type { Column, Table } from "../../schema/types.ts";
import { readName } from "../../schema/types.ts";
import type { Call } from "../../wire/call.ts";
import type { PartReply } from "../../wire/reply.ts";
import { ok } from "../../wire/reply.ts";
import type { Annotations } from "../annotations.ts";
import { annotationsOf, formattedValue } from "../annotations.ts";
import { grouped } from "../formatted.ts";
import { includeApplied, withApplied } from "../list-reply.ts";
import type { Cookie } from "../paging.ts";
import { countMax, linkWith, pagingCookie, skipToken } from "../paging.ts";
import { columnValue } from "../property.ts";
import { contextUrl } from "../render.ts";
import { aboutValue, renderValue } from "../render-value.ts";
import { querySyntaxError } from "../tokens.ts";
import type { Aggregated } from "./aggregate.ts";
import { aggregate } from "./aggregate.ts";
import { orderGroups } from "./group-order.ts";
import { joinedRows } from "./join.ts";
import { readFetchPage } from "./page.ts";
import type { Joined, Plan } from "./plan.ts";
import { planOf } from "./plan.ts";
import type { FetchEntity, FetchQuery } from "./query.ts";
import { readFetch } from "./read.ts";
import { fetchRefusal } from "./refusals.ts";

const cookieAnnotation = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie";
const moreAnnotation = "Microsoft.Dynamics.CRM.morerecords";
const totalAnnotation = "Microsoft.Dynamics.CRM.totalrecordcount";
const exceededAnnotation = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";

interface Fetching {
  readonly session: Session;
  readonly annotations: Annotations;
  readonly query: FetchQuery;
  readonly plan: Plan;
}

/** Throws the service's 400. */
export function fetchRows(session: Session, call: Call, table: Table, text: string): PartReply {
  const other = [...call.query.keys()].find((option) => option.startsWith("$"));
  if (other !== undefined) {
    throw querySyntaxError(`The query parameter ${other.slice(0, 100)} is not supported together with fetchXml.`);
  }
  const query = readFetch(session.catalog, text);
  return answerFetch(session, call, table, query);
}

/** The answer to a query, whatever language it was written in; SQL is answered page by page with links. */
export function answerFetch(session: Session, call: Call, table: Table, query: FetchQuery): PartReply {
  if (query.root.table !== table) {
    throw fetchRefusal("root");
  }
  const annotations = annotationsOf(call);
  const fetching = { session, annotations, query, plan: planOf(query) };
  const { members, values, next } = query.aggregate ? aggregatedValues(fetching) : pageValues(fetching);
  const body = [
    `"@odata.context":${JSON.stringify(contextUrl(session, context(fetching)))}`,
    ...members,
    `"value":[${values.join(",")}]`,
    ...(next === undefined || !call.query.has("sql") ? [] : [linkTo(session, call, table, next)]),
  ];
  return withApplied(ok(`{${body.join(",")}}`), [includeApplied(annotations)]);
}

function linkTo(session: Session, { query }: Call, table: Table, next: Cookie): string {
  return `"@odata.nextLink":${JSON.stringify(linkWith(session, table.setName, query, skipToken(table, next)))}`;
}

interface Found {
  /** Annotations of the whole answer. */
  readonly members: readonly string[];
  readonly values: readonly string[];
  /** Where the next page begins, if there is one. */
  readonly next: Cookie | undefined;
}

function pageValues({ session, annotations, query, plan }: Fetching): Found {
  const page = readFetchPage(session, query, plan);
  const values = page.rows.map((joined) => `{${renderJoined({ session, annotations, query, plan }, joined)}}`);
  const last = page.rows.at(-1)?.[0];
  const members: string[] = [];
  if (page.total !== undefined && annotations.wants(totalAnnotation)) {
    members.push(`"@${totalAnnotation}":${Math.min(page.total, countMax)}`);
  }
  if (page.total !== undefined && annotations.wants(exceededAnnotation)) {
    members.push(`"@${exceededAnnotation}":${page.total > countMax}`);
  }
  if (page.more && last !== undefined && annotations.wants(cookieAnnotation)) {
    const inner = pagingCookie(plan.root.table, { page: query.page, last: last.id });
    const cookie = `<cookie pagenumber="${query.page + 1}" pagingcookie="${inner}" istracking="False" />`;
    members.push(`"@${cookieAnnotation}":${JSON.stringify(cookie)}`);
  }
  if (annotations.wants(moreAnnotation)) {
    members.push(`"@${moreAnnotation}":${page.more}`);
  }
  return {
    members,
    values,
    next: page.more && last !== undefined ? { page: query.page + 1, last: last.id } : undefined,
  };
}

function aggregatedValues({ session, annotations, query, plan }: Fetching): Found {
  const groups = orderGroups(session, plan, aggregate(plan, joinedRows(session, plan, undefined)));
  const shown = groups.slice(query.offset, query.top === undefined ? undefined : query.offset + query.top);
  return {
    members: [],
    next: undefined,
    values: shown.map((group) => {
      const members = group.flatMap((one) => renderAggregated({ session, annotations, query, plan }, one));
      return `{${members.join(",")}}`;
    }),
  };
}

function renderAggregated({ session, annotations, plan }: Fetching, one: Aggregated): readonly string[] {
  const { alias, column, value, row } = one;
  if (column === undefined) {
    const formatted = annotations.wants(formattedValue)
      ? [`"${alias}@${formattedValue}":"${grouped(String(value))}"`]
      : [];
    return [...formatted, `"${alias}":${String(value)}`];
  }
  const table = plan.entities.find((entity) => entity.table.columns.includes(column))?.table ?? plan.root.table;
  const about =
    row === undefined ? [] : aboutValue({ session, annotations }, { table, row }, { name: alias, column, value });
  return [...about, `"${alias}":${renderValue(column, value)}`];
}

function renderJoined({ session, annotations, query, plan }: Fetching, joined: Joined): string {
  const [root] = joined;
  const members =
    root === undefined || query.distinct ? [] : [`"@odata.etag":${JSON.stringify(etag(plan.root.table, root))}`];
  const shown = new Map(plan.entities.flatMap((entity, place) => shownOf(entity, place, joined[place])));
  for (const [name, { table, row, column, value }] of shown) {
    members.push(...aboutValue({ session, annotations }, { table, row }, { name, column, value }));
    members.push(`"${name}":${renderValue(column, value)}`);
  }
  const primary = plan.root.table.primaryId.name;
  if (root !== undefined && !query.distinct && !shown.has(primary)) {
    members.push(`"${primary}":"${idOf(root.id)}"`);
  }
  return members.join(",");
}

interface ShownValue {
  readonly table: Table;
  readonly row: Row;
  readonly column: Column;
  readonly value: Stored;
}

/** The values of one entity by the names that they are shown under. What is nothing is shown of the root alone. */
function shownOf(
  { table, attributes, alias: entity }: FetchEntity,
  place: number,
  row: Row | undefined,
): readonly (readonly [string, ShownValue])[] {
  if (row === undefined) {
    return [];
  }
  return attributes.flatMap(({ column, alias }) => {
    const value = columnValue(row, column);
    const name = alias ?? (place === 0 ? readName(column) : `${entity}.${column.name}`);
    const isShown = column.type !== "partylist" && (value !== null || place === 0);
    return isShown ? [[name, { table, row, column, value }] as const] : [];
  });
}

function context({ plan: { root, entities }, query }: Fetching): string {
  const names = entities.flatMap(({ attributes, alias: entity }, place) =>
    attributes.map(({ column, alias }) => alias ?? (place === 0 ? readName(column) : `${entity}.${column.name}`)),
  );
  const whole = !query.aggregate && root.attributes.length >= root.table.columns.length;
  return whole || names.length === 0 ? root.table.setName : `${root.table.setName}(${names.join(",")})`;
}
