/** Where the next page begins: the service's paging cookie, XML inside XML and percent-encoded twice. Clients hand it back as it is. */
import { idOf, partitionOf, rowIdentity } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import { canonicalGuid } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import type { Query } from "../wire/query.ts";
import { querySyntaxError } from "./tokens.ts";

/** Rows on a page at most, and by default. */
export const pageMax = 5000;

/** The service counts no further. */
export const countMax = 5000;

export interface Cookie {
  /** Of the page that it leads to, from 1. */
  readonly page: number;
  /** Id of the last row on the page before. */
  readonly last: string;
  readonly tracking?: Tracking | undefined;
}

/** Under change tracking: what the pages of one answer hold together. */
export interface Tracking {
  /** The version up to which changes are part of it. */
  readonly until: number;
  /** The version of the last change on the page before. */
  readonly after: number;
  /** Whether that was a deletion; those come last. */
  readonly deleted: boolean;
}

/** The value of `$skiptoken`, its inner part encoded already. */
export function skipToken(table: Table, cookie: Cookie): string {
  const inner = pagingCookie(table, { ...cookie, page: cookie.page - 1 });
  const tracking = cookie.tracking === undefined ? "False" : "True";
  return `<cookie pagenumber="${cookie.page}" pagingcookie="${inner}" istracking="${tracking}" />`;
}

/** The inner cookie of a page: `<cookie page="1"><accountid last="{…}" first="{…}" /></cookie>`, encoded twice. */
export function pagingCookie(table: Table, { page, last, tracking }: Cookie): string {
  const id = `{${idOf(last).toUpperCase()}}`;
  const partition = partitionOf(last);
  // In hexadecimal, because a partition may hold anything.
  const place = partition === undefined ? "" : ` partition="${Buffer.from(partition).toString("hex")}"`;
  const changes =
    tracking === undefined
      ? ""
      : ` until="${tracking.until}" after="${tracking.after}" deleted="${tracking.deleted ? 1 : 0}"`;
  const inner = `<cookie page="${page}"${changes}><${table.primaryId.name} last="${id}" first="${id}"${place} /></cookie>`;
  return lowerEscapes(encodeURIComponent(lowerEscapes(encodeURIComponent(inner))));
}

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

const outerForm = /^<cookie pagenumber="(\d{1,9})" pagingcookie="([^"]*)" istracking="(True|False)" \/>$/;
const innerForm =
  /^<cookie page="(\d{1,9})"(?: until="(\d{1,15})" after="(\d{1,15})" deleted="([01])")?><\w+ last="\{([^}]*)\}" first="\{[^}]*\}"(?: partition="([0-9a-f]+)")? \/><\/cookie>$/;

/** Throws the service's 400 for a token that it did not make. */
export function readSkipToken(token: string): Cookie {
  const [, page, inner = ""] = outerForm.exec(token) ?? [];
  const cookie = page === undefined ? undefined : readPagingCookie(inner);
  if (cookie === undefined) {
    throw querySyntaxError("Malformed Paging Cookie.");
  }
  return { ...cookie, page: Number(page) };
}

/** The inner cookie, still encoded or not; undefined if it is none. `page` is the one it was given with. */
export function readPagingCookie(text: string): Cookie | undefined {
  const [, page, until, after, deleted, id = "", partition = ""] = innerForm.exec(decoded(decoded(text))) ?? [];
  const guid = canonicalGuid(id);
  if (page === undefined || guid === undefined) {
    return undefined;
  }
  const last = rowIdentity(guid, Buffer.from(partition, "hex").toString());
  const tracking =
    until === undefined ? undefined : { until: Number(until), after: Number(after), deleted: deleted === "1" };
  return { page: Number(page), last, tracking };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) {
      return text;
    }
    throw error;
  }
}

/** The URL of a resource with the options of a request and a skip token. */
export function linkWith(session: Session, path: string, query: Query, token: string): string {
  // The inner cookie keeps the escapes that it has.
  const cookie = token.replace(/[<> "]/g, (mark) => encodeURIComponent(mark));
  return `${rowUrl(session, path)}?${[...keptOptions(query), `$skiptoken=${cookie}`].join("&")}`;
}

/** The options of a request, but not those that said where it begins. */
export function keptOptions(query: Query, without: readonly string[] = ["$skiptoken"]): readonly string[] {
  return [...query].filter(([name]) => !without.includes(name)).map(([name, value]) => option(name, value));
}

/** As clients write them: marks that mean nothing in a query stay readable. */
function option(name: string, value: string): string {
  return `${name}=${encodeURI(value).replace(/[#&+?]/g, (mark) => encodeURIComponent(mark))}`;
}
