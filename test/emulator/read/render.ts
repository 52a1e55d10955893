/** Stored rows as the JSON that the service shows: decimals and big integers as exact digits. */

import type { Settings } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import { withFraction } from "../rows/decimal.ts";
import type { Row } from "../rows/store.ts";
import { stored } from "../rows/store.ts";
import type { Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import { readName } from "../schema/types.ts";
import { unknownProperty } from "../wire/errors.ts";
import { etag } from "../write/row.ts";

/** The service shows money with so many digits at least. */
const moneyScale = 4;

export interface Selection {
  readonly columns: readonly Column[];
  /** Show which table a lookup's row is of. */
  readonly annotate: boolean;
}

/** The columns of a `$select`, with the primary key that always comes along; all of them without one. */
export function selectColumns(table: Table, select: string | undefined): readonly Column[] {
  if (select === undefined || select.trim() === "" || select.trim() === "*") {
    return table.columns;
  }
  const columns = select.split(",").map((name) => {
    const column = table.byReadName.get(name.trim());
    if (column === undefined) {
      throw unknownProperty(table.name, name.trim());
    }
    return column;
  });
  return [...new Set([...columns, table.primaryId])];
}

/** One row as the members of a JSON object, without braces. */
export function renderMembers(row: Row, { columns, annotate }: Selection): string {
  const members = [`"@odata.etag":${JSON.stringify(etag(row))}`];
  for (const column of columns) {
    const value = column.name === "versionnumber" ? BigInt(row.version) : stored(row, column);
    const name = readName(column);
    members.push(`"${name}":${renderValue(column, value)}`);
    if (annotate && typeof value === "object" && value !== null) {
      members.push(`"${name}@Microsoft.Dynamics.CRM.lookuplogicalname":"${value.table}"`);
    }
  }
  return members.join(",");
}

export function renderRow(settings: Settings, table: Table, row: Row, selection: Selection): string {
  const context = contextUrl(settings, table, selection, "/$entity");
  return `{"@odata.context":${JSON.stringify(context)},${renderMembers(row, selection)}}`;
}

export function contextUrl(settings: Settings, table: Table, { columns }: Selection, suffix: string): string {
  const chosen = columns === table.columns ? "" : `(${columns.map(readName).join(",")})`;
  return `${settings.url}${serviceRoot}$metadata#${table.setName}${chosen}${suffix}`;
}

function renderValue(column: Column, value: Stored): string {
  switch (typeof value) {
    case "string":
      if (column.type === "money") {
        return withFraction(value, moneyScale);
      }
      return column.type === "decimal" ? value : JSON.stringify(value);
    case "object":
      return value === null ? "null" : `"${value.id}"`;
    default:
      return String(value);
  }
}
