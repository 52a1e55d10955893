/** A list of rows as the answer to a request. */
import { rowPath } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Call } from "../wire/call.ts";
import { preferences } from "../wire/http.ts";
import type { Query } from "../wire/query.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import type { Annotations } from "./annotations.ts";
import { annotationsOf } from "./annotations.ts";
import type { Page } from "./list.ts";
import { countRowsOf, readPage } from "./list.ts";
import type { ListQuery } from "./list-query.ts";
import { whole } from "./number-option.ts";
import { countMax, linkWith, pageMax, skipToken } from "./paging.ts";
import { contextOf } from "./projection.ts";
import { contextUrl, renderMembers } from "./render.ts";
import type { Source } from "./source.ts";

const totalCount = "Microsoft.Dynamics.CRM.totalrecordcount";
const countExceeded = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";

/** Rows, or with `references` only where they are. */
export function listReply(
  session: Session,
  call: Call,
  source: Source,
  { query, references = false }: { readonly query: ListQuery; readonly references?: boolean },
): PartReply {
  const annotations = annotationsOf(call);
  const { size, applied } = pageSizeOf(call);
  const key = JSON.stringify([source.path, ...[...call.query].filter(([name]) => name !== "$skiptoken")]);
  const page = readPage(session, source, query, { size, key, paged: applied !== undefined });
  const fragment = references ? "Collection($ref)" : `${source.table.setName}${contextOf(query.projection)}`;
  const members = [
    `"@odata.context":${JSON.stringify(contextUrl(session, fragment))}`,
    ...counts(source, query, annotations),
    `"value":[${rendered(session, page, source, { query, annotations, size, references })}]`,
    ...nextLink(session, source, call.query, { page, number: (query.cookie?.page ?? 1) + 1 }),
  ];
  return withApplied(ok(`{${members.join(",")}}`), [applied, includeApplied(annotations)]);
}

interface Look {
  readonly query: ListQuery;
  readonly annotations: Annotations;
  readonly size: number;
  readonly references: boolean;
}

function rendered(session: Session, { rows }: Page, { table }: Source, look: Look): string {
  const reading = { session, annotations: look.annotations, pageSize: look.size };
  const show = look.references
    ? (row: Row) => `{"@odata.id":${JSON.stringify(rowUrl(session, rowPath(table, row.id)))}}`
    : (row: Row) => `{${renderMembers(reading, table, row, look.query.projection)}}`;
  return rows.map(show).join(",");
}

function counts(source: Source, query: ListQuery, annotations: Annotations): readonly string[] {
  const found = query.counted ? countRowsOf(source, query, countMax + 1) : undefined;
  const members: string[] = [];
  if (found !== undefined) {
    members.push(`"@odata.count":${Math.min(found, countMax)}`);
  }
  if (annotations.wants(totalCount)) {
    members.push(`"@${totalCount}":${found === undefined ? -1 : Math.min(found, countMax)}`);
  }
  if (annotations.wants(countExceeded)) {
    members.push(`"@${countExceeded}":${(found ?? 0) > countMax}`);
  }
  return members;
}

function nextLink(
  session: Session,
  { table, path }: Source,
  query: Query,
  { page, number }: { readonly page: Page; readonly number: number },
): readonly string[] {
  const last = page.rows.at(-1);
  if (!page.more || last === undefined) {
    return [];
  }
  const token = skipToken(table, { page: number, last: last.id });
  return [`"@odata.nextLink":${JSON.stringify(linkWith(session, path, query, token))}`];
}

/** Rows on a page, and what `Preference-Applied` says of it. */
export function pageSizeOf({ part }: Call): { readonly size: number; readonly applied: string | undefined } {
  const asked = preferences(part.headers["prefer"]).get("odata.maxpagesize");
  if (asked === undefined) {
    return { size: pageMax, applied: undefined };
  }
  const size = Math.min(pageMax, whole(asked, "odata.maxpagesize", 1));
  return { size, applied: `odata.maxpagesize=${size}` };
}

export function includeApplied({ asked }: Annotations): string | undefined {
  return asked === undefined ? undefined : `odata.include-annotations="${asked}"`;
}

/** With the preferences that were heeded. */
export function withApplied(reply: PartReply, applied: readonly (string | undefined)[]): PartReply {
  const named = applied.filter((one) => one !== undefined);
  return named.length === 0
    ? reply
    : { ...reply, headers: { ...reply.headers, "Preference-Applied": named.join(",") } };
}
