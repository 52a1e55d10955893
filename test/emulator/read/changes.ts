/** Change tracking: everything now and a token, then what has changed since that token. */
import { idOf } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Tombstone } from "../rows/tombstones.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { preferences } from "../wire/http.ts";
import type { Query } from "../wire/query.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import { annotationsOf } from "./annotations.ts";
import { deltaToken, expiredToken, readDeltaToken } from "./delta-token.ts";
import { readPage } from "./list.ts";
import type { ListQuery } from "./list-query.ts";
import { readListQuery } from "./list-query.ts";
import { includeApplied, pageSizeOf, withApplied } from "./list-reply.ts";
import type { Tracking } from "./paging.ts";
import { keptOptions, linkWith, skipToken } from "./paging.ts";
import { contextOf } from "./projection.ts";
import { contextUrl, renderMembers } from "./render.ts";
import { sortedIds } from "./sorted.ts";
import { tableSource } from "./source.ts";

export function asksForChanges({ part, query }: Call): boolean {
  return (
    query.has("$deltatoken") ||
    preferences(part.headers["prefer"]).has("odata.track-changes") ||
    (query.get("$skiptoken")?.includes('istracking="True"') ?? false)
  );
}

export function listChanges(session: Session, call: Call, table: Table): PartReply {
  const token = call.query.get("$deltatoken");
  const query = trackedQuery(session, table, call.query);
  const { size, applied } = pageSizeOf(call);
  const until = query.cookie?.tracking?.until ?? session.store.version;
  const page =
    token === undefined
      ? everything(session, table, query, { size, until })
      : changesSince(session, table, query, { since: readDeltaToken(token, session.now), size, until });
  const annotations = annotationsOf(call);
  const reading = { session, annotations, pageSize: size };
  const entries = [
    ...page.rows.map((row) => `{${renderMembers(reading, table, row, query.projection)}}`),
    ...page.deleted.map((tombstone) => deletedEntry(session, table, tombstone)),
  ];
  const context = `${table.setName}${contextOf(query.projection)}${token === undefined ? "" : "/$delta"}`;
  const members = [
    `"@odata.context":${JSON.stringify(contextUrl(session, context))}`,
    `"value":[${entries.join(",")}]`,
    link(session, call.query, table, { page, until, number: (query.cookie?.page ?? 1) + 1 }),
  ];
  const tracked = preferences(call.part.headers["prefer"]).has("odata.track-changes")
    ? "odata.track-changes"
    : undefined;
  return withApplied(ok(`{${members.join(",")}}`), [tracked, applied, includeApplied(annotations)]);
}

/** How much has changed since a token. */
export function countChanges(session: Session, { query }: Call, table: Table, token: string): number {
  const listed = trackedQuery(session, table, query);
  const since = readDeltaToken(token, session.now);
  const every = { since, size: Number.MAX_SAFE_INTEGER, until: session.store.version };
  const { rows, deleted } = changesSince(session, table, listed, every);
  return rows.length + deleted.length;
}

function trackedQuery(session: Session, table: Table, query: Query): ListQuery {
  if (!table.changeTracking) {
    throw new ServiceError(400, codes.tracking, `Entity ${table.name} isn't enabled for change tracking.`);
  }
  for (const option of ["$filter", "$orderby", "$expand", "$top"]) {
    if (query.has(option)) {
      const text = `The "${option}" query parameter isn't supported when Change Tracking is enabled.`;
      throw new ServiceError(400, codes.query, text);
    }
  }
  return readListQuery(session, table, new Map([...query].filter(([name]) => name !== "$deltatoken")));
}

interface ChangePage {
  readonly rows: readonly Row[];
  readonly deleted: readonly Tombstone[];
  /** Where the next page begins; undefined if this is the last. */
  readonly next: { readonly last: string; readonly after: number; readonly deleted: boolean } | undefined;
}

function everything(
  session: Session,
  table: Table,
  query: ListQuery,
  { size }: { readonly size: number; readonly until: number },
): ChangePage {
  const source = tableSource(session, table, undefined);
  const { rows, more } = readPage(session, source, query, { size, key: "", paged: true });
  const last = rows.at(-1);
  return {
    rows,
    deleted: [],
    next: more && last !== undefined ? { last: last.id, after: 0, deleted: false } : undefined,
  };
}

interface Stretch {
  readonly since: number;
  readonly until: number;
  readonly size: number;
}

/** Changed rows by version, then deleted ones. What changes while the pages are read is left to the next token. */
function changesSince(
  session: Session,
  table: Table,
  { cookie }: ListQuery,
  { since, until, size }: Stretch,
): ChangePage {
  const at: Tracking = cookie?.tracking ?? { until, after: since, deleted: false };
  const rows = at.deleted ? [] : changedRows(session, table, { since, after: at.after, until, limit: size + 1 });
  const gone = goneSince(session, table, at.deleted ? at.after : since, until);
  const [shown, room] = [rows.slice(0, size), size - Math.min(size, rows.length)];
  const deleted = gone.slice(0, room);
  const [lastRow, lastGone] = [shown.at(-1), deleted.at(-1)];
  if (rows.length > size || gone.length > room) {
    const last =
      lastGone === undefined
        ? { id: lastRow?.id ?? "", version: lastRow?.version ?? since }
        : { id: lastGone.id, version: lastGone.version };
    return {
      rows: shown,
      deleted,
      next: { last: last.id, after: last.version, deleted: lastGone !== undefined },
    };
  }
  return { rows: shown, deleted, next: undefined };
}

function changedRows(
  session: Session,
  table: Table,
  { since, after, until, limit }: { since: number; after: number; until: number; limit: number },
): readonly Row[] {
  const rows = session.store.rows(table);
  const ids = sortedIds(session.store, `changes ${table.name} ${since}`, () =>
    [...tableSource(session, table, undefined).rows(undefined)]
      .filter(({ version }) => version > since)
      .sort((a, b) => a.version - b.version)
      .map(({ id }) => id),
  );
  const found: Row[] = [];
  for (const id of ids) {
    const row = rows.get(id);
    if (row !== undefined && row.version > after && row.version <= until) {
      found.push(row);
    }
    if (found.length >= limit) {
      break;
    }
  }
  return found;
}

/** Deletions of rows that have not come back. */
function goneSince(session: Session, table: Table, after: number, until: number): readonly Tombstone[] {
  const all = session.store.tombstones.since(table.name, after);
  if (all === undefined) {
    throw expiredToken();
  }
  const rows = session.store.rows(table);
  return all.filter(({ id, version }) => version <= until && rows.get(id) === undefined);
}

function deletedEntry(session: Session, table: Table, { id }: Tombstone): string {
  const context = contextUrl(session, `${table.setName}/$deletedEntity`);
  return `{"@odata.context":${JSON.stringify(context)},"id":"${idOf(id)}","reason":"deleted"}`;
}

function link(
  session: Session,
  query: Query,
  table: Table,
  { page, until, number }: { readonly page: ChangePage; readonly until: number; readonly number: number },
): string {
  if (page.next !== undefined) {
    const { last, after, deleted } = page.next;
    const token = skipToken(table, { page: number, last, tracking: { until, after, deleted } });
    return `"@odata.nextLink":${JSON.stringify(linkWith(session, table.setName, query, token))}`;
  }
  const options = [
    ...keptOptions(query, ["$skiptoken", "$deltatoken"]),
    `$deltatoken=${deltaToken(until, session.now)}`,
  ];
  return `"@odata.deltaLink":${JSON.stringify(`${rowUrl(session, table.setName)}?${options.join("&")}`)}`;
}
