/** Stored rows as the JSON that the service shows, with the related rows that come along. */
import { etag } from "../elastic/etag.ts";
import { idOf, rowPath } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { rowUrl, serviceRoot } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Table } from "../schema/types.ts";
import type { Annotations } from "./annotations.ts";
import { collectionRows } from "./collection.ts";
import { sortRows } from "./order.ts";
import { linkWith, skipToken } from "./paging.ts";
import { contextOf, projectionOf } from "./projection.ts";
import { columnValue, isReference, referenced } from "./property.ts";
import { aboutValue, partOf, renderValue } from "./render-value.ts";
import type { Expansion, Projection, Shown } from "./shape.ts";

/** How rows are shown in one answer. */
export interface Reading {
  readonly session: Session;
  readonly annotations: Annotations;
  /** Rows of an expanded collection at most. */
  readonly pageSize: number;
}

/** One row as the members of a JSON object, without braces. */
export function renderMembers(reading: Reading, table: Table, row: Row, projection: Projection): string {
  const members = [`"@odata.etag":${JSON.stringify(etag(table, row))}`];
  for (const shown of projection.shown) {
    pushProperty(members, reading, { table, row }, shown);
  }
  for (const expansion of projection.expansions) {
    members.push(...renderExpansion(reading, table, row, expansion));
  }
  return members.join(",");
}

export function renderRow(reading: Reading, table: Table, row: Row, projection: Projection): string {
  const context = contextUrl(reading.session, `${table.setName}${contextOf(projection)}/$entity`);
  return `{"@odata.context":${JSON.stringify(context)},${renderMembers(reading, table, row, projection)}}`;
}

export function contextUrl(session: Session, fragment: string): string {
  return `${session.settings.url}${serviceRoot}$metadata#${fragment}`;
}

/** Adds a property to `members`, with what is said about it before it. */
function pushProperty(
  members: string[],
  { session, annotations }: Reading,
  { table, row }: { readonly table: Table; readonly row: Row },
  { name, column, part }: Shown,
): void {
  const value = columnValue(row, column);
  if (part !== "value") {
    members.push(`"${name}":${partOf(session, { table, row }, { column, part, value })}`);
    return;
  }
  members.push(...aboutValue({ session, annotations }, { table, row }, { name, column, value }));
  members.push(`"${name}":${renderValue(column, value)}`);
}

/** Members of the JSON object of the row that refers to them. */
function renderExpansion(reading: Reading, table: Table, row: Row, expansion: Expansion): readonly string[] {
  return expansion.kind === "single"
    ? [`"${expansion.name}":${singleRow(reading, row, expansion)}`]
    : collection(reading, table, row, expansion);
}

function singleRow(reading: Reading, row: Row, expansion: Expansion & { kind: "single" }): string {
  const { navigation, table, projection, references } = expansion;
  const target = referenced(reading.session, row, navigation);
  const reference = stored(row, navigation.column);
  if (target === undefined || !isReference(reference)) {
    return "null";
  }
  const of = table ?? reading.session.catalog.named(reference.table);
  if (references) {
    return referenceTo(reading, of, target);
  }
  if (projection !== undefined) {
    return `{${renderMembers(reading, of, target, projection)}}`;
  }
  const type = `"@odata.type":"#Microsoft.Dynamics.CRM.${of.name}","${navigation.column.name}":"${idOf(target.id)}"`;
  return `{${type},${renderMembers(reading, of, target, projectionOf(of, undefined))}}`;
}

function collection(
  reading: Reading,
  owner: Table,
  row: Row,
  expansion: Expansion & { kind: "collection" },
): readonly string[] {
  const { session, pageSize } = reading;
  const { name, table, projection, holds, order, top, references } = expansion;
  const found = collectionRows(session, expansion.collection, row.id);
  const matching = holds === undefined ? found : found.filter(holds);
  const sorted = order === undefined ? matching : sortRows(matching, order);
  const page = sorted.slice(0, Math.min(pageSize, top ?? pageSize));
  const shown = page.map((one) =>
    references || projection === undefined
      ? referenceTo(reading, table, one)
      : `{${renderMembers(reading, table, one, projection)}}`,
  );
  const members = [`"${name}":[${shown.join(",")}]`];
  const last = page.at(-1);
  if (last !== undefined && sorted.length > page.length && page.length < (top ?? Number.POSITIVE_INFINITY)) {
    const path = `${rowPath(owner, row.id)}/${name}${references ? "/$ref" : ""}`;
    const link = linkWith(session, path, expansion.options, skipToken(table, { page: 2, last: last.id }));
    members.push(`"${name}@odata.nextLink":${JSON.stringify(link)}`);
  }
  return members;
}

function referenceTo(reading: Reading, table: Table, row: Row): string {
  const url = rowUrl(reading.session, rowPath(table, row.id));
  return `{"@odata.etag":${JSON.stringify(etag(table, row))},"@odata.id":${JSON.stringify(url)}}`;
}
