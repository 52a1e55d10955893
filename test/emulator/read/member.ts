/** GET below a row: `name`, `name/$value`, `primarycontactid`, `contact_customer_accounts`, `…/$ref`, `…/$count`. */
import { idOf, rowPath } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import { canonicalGuid } from "../rows/values.ts";
import type { Collection, Column, Navigation, Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { missingRow, unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, ok } from "../wire/reply.ts";
import { requireRow } from "../write/row.ts";
import { annotationsOf } from "./annotations.ts";
import { collectionRows } from "./collection.ts";
import { countReply } from "./count.ts";
import { downloadFile } from "./file.ts";
import { readListQuery, readRowQuery } from "./list-query.ts";
import { includeApplied, listReply, withApplied } from "./list-reply.ts";
import { columnValue, isReference, referenced } from "./property.ts";
import { contextUrl } from "./render.ts";
import { aboutValue, renderValue } from "./render-value.ts";
import { rowReply } from "./show.ts";
import { rowsSource } from "./source.ts";

interface Place {
  readonly address: RowAddress;
  readonly row: Row;
  readonly rest: readonly string[];
}

/** Throws the service's 404 for a path that names nothing. */
export function readMember(session: Session, call: Call, address: RowAddress, segments: readonly string[]): PartReply {
  const [first = "", ...rest] = segments;
  const [, name = first, id] = /^(\w+)\((.*)\)$/.exec(first) ?? [];
  const { table } = address;
  const collection = table.collections.get(name);
  const navigation = table.navigations.get(name);
  const column = table.byReadName.get(name);
  if (collection === undefined && (id !== undefined || (navigation === undefined && column === undefined))) {
    throw unknownSegment(first);
  }
  const place = { address, row: requireRow(session, address), rest };
  if (collection !== undefined) {
    return id === undefined
      ? wholeCollection(session, call, place, { name, collection })
      : oneOfCollection(session, call, place, { collection, id });
  }
  return navigation === undefined
    ? property(session, call, place, column ?? table.primaryId)
    : related(session, call, place, navigation);
}

function property(session: Session, call: Call, { address, row, rest }: Place, column: Column): PartReply {
  const [suffix, ...more] = rest;
  if (more.length > 0 || (suffix !== undefined && suffix !== "$value")) {
    throw unknownSegment(rest.join("/"));
  }
  if (column.type === "file" || column.type === "image") {
    return downloadFile(session, call, { address, row }, { column, raw: suffix !== undefined });
  }
  const value = columnValue(row, column);
  if (value === null) {
    return noContent();
  }
  if (suffix === "$value") {
    return {
      status: 200,
      headers: { "Content-Type": "text/plain", "OData-Version": "4.0" },
      body: plainText(column, value),
    };
  }
  const annotations = annotationsOf(call);
  const name = column.type === "lookup" ? `_${column.name}_value` : column.name;
  const context = contextUrl(session, `${rowPath(address.table, row.id)}/${name}`);
  const about = aboutValue({ session, annotations }, { table: address.table, row }, { name: "value", column, value });
  const members = [
    `"@odata.context":${JSON.stringify(context)}`,
    // Of the answer itself, not of a property in it.
    ...about.map((text) => text.replace(/^"value@/, '"@')),
    `"value":${renderValue(column, value)}`,
  ];
  return withApplied(ok(`{${members.join(",")}}`), [includeApplied(annotations)]);
}

function plainText(column: Column, value: Stored): string {
  const shown = renderValue(column, value);
  return shown.startsWith('"') ? String(isReference(value) ? value.id : value) : shown;
}

function related(session: Session, call: Call, { row, rest }: Place, navigation: Navigation): PartReply {
  const target = referenced(session, row, navigation);
  const reference = stored(row, navigation.column);
  const references = onlyReferences(rest);
  if (target === undefined || !isReference(reference)) {
    return noContent();
  }
  const table = session.catalog.named(reference.table);
  if (references) {
    const url = rowUrl(session, rowPath(table, target.id));
    return ok(JSON.stringify({ "@odata.context": contextUrl(session, "$ref"), "@odata.id": url }));
  }
  return rowReply(session, call, { table, row: target, projection: readRowQuery(session, table, call.query) });
}

function onlyReferences(rest: readonly string[]): boolean {
  if (rest.length > 1 || (rest[0] !== undefined && rest[0] !== "$ref")) {
    throw unknownSegment(rest.join("/"));
  }
  return rest.length === 1;
}

function wholeCollection(
  session: Session,
  call: Call,
  { address, row, rest }: Place,
  { name, collection }: { readonly name: string; readonly collection: Collection },
): PartReply {
  const table = tableOf(session, collection);
  const rows = collectionRows(session, collection, row.id);
  const path = [rowPath(address.table, row.id), name, ...rest].join("/");
  const source = rowsSource(table, path, rows);
  if (rest.length === 1 && rest[0] === "$count") {
    return countReply(session, call, () => source, table);
  }
  const references = onlyReferences(rest);
  return listReply(session, call, source, { query: readListQuery(session, table, call.query), references });
}

function oneOfCollection(
  session: Session,
  call: Call,
  { row, rest }: Place,
  { collection, id }: { readonly collection: Collection; readonly id: string },
): PartReply {
  const table = tableOf(session, collection);
  const wanted = canonicalGuid(id);
  if (wanted === undefined || rest.length > 0) {
    throw unknownSegment(rest.join("/") || id);
  }
  const found = collectionRows(session, collection, row.id).find((one) => idOf(one.id) === wanted);
  if (found === undefined) {
    throw missingRow(table.name, wanted);
  }
  return rowReply(session, call, { table, row: found, projection: readRowQuery(session, table, call.query) });
}

function tableOf(session: Session, collection: Collection): Table {
  return session.catalog.named(collection.table);
}
