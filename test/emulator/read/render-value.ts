/** Values as the JSON that the service shows: decimals and big integers as exact digits, and what is said about them. */
import { hash } from "node:crypto";
import type { Session } from "../environment.ts";
import { withFraction } from "../rows/decimal.ts";
import type { Row } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import type { Annotations } from "./annotations.ts";
import { associatedNavigation, formattedValue, lookupLogicalName } from "./annotations.ts";
import { formatValue } from "./formatted.ts";
import { isReference } from "./property.ts";
import type { Part } from "./shape.ts";

/** The service shows money with so many digits at least. */
const moneyScale = 4;

/** The annotations of a value that is shown under a name. */
export function aboutValue(
  { session, annotations }: { readonly session: Session; readonly annotations: Annotations },
  place: { readonly table: Table; readonly row: Row },
  { name, column, value }: { readonly name: string; readonly column: Column; readonly value: Stored },
): readonly string[] {
  if (annotations.asked === undefined || value === null) {
    return [];
  }
  const found: string[] = [];
  const formatted = annotations.wants(formattedValue) ? formatValue(session, place, column, value) : undefined;
  if (formatted !== undefined) {
    found.push(`"${name}@${formattedValue}":${JSON.stringify(formatted)}`);
  }
  if (isReference(value)) {
    const navigation = column.targets.find(({ table }) => table === value.table)?.navigation;
    if (navigation !== undefined && annotations.wants(associatedNavigation)) {
      found.push(`"${name}@${associatedNavigation}":"${navigation}"`);
    }
    if (annotations.wants(lookupLogicalName)) {
      found.push(`"${name}@${lookupLogicalName}":"${value.table}"`);
    }
  }
  return found;
}

export function renderValue(column: Column, value: Stored): string {
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

/** What is said of an image or a file beside its bytes. */
export function partOf(
  session: Session,
  { table, row }: { readonly table: Table; readonly row: Row },
  { column, part, value }: { readonly column: Column; readonly part: Part; readonly value: Stored },
): string {
  if (typeof value !== "string") {
    return "null";
  }
  switch (part) {
    case "timestamp":
      return String(row.version);
    case "id":
      return JSON.stringify(imageId(row, column));
    case "url":
      return JSON.stringify(
        `/Image/download.aspx?Entity=${table.name}&Attribute=${column.name}&Id=${row.id}&Timestamp=${row.version}`,
      );
    case "name":
      return JSON.stringify(session.files.get(value)?.name ?? null);
    case "value":
      return "null";
  }
}

/** Images have ids of their own that follow from where they are. */
function imageId(row: Row, column: Column): string {
  const digits = hash("sha1", `${row.id}/${column.name}`, "hex");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
