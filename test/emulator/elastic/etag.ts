/** The version of a row as an ETag shows it. */
import type { Row } from "../rows/row.ts";
import type { Table } from "../schema/types.ts";

/** A number on standard tables, text of the form of a GUID on elastic ones. */
export function etag(table: Table, { version }: Row): string {
  return table.kind === "elastic" ? `W/"${elasticVersion(version)}"` : `W/"${version}"`;
}

function elasticVersion(version: number): string {
  const digits = version.toString(16).padStart(8, "0");
  return `${digits}-0000-0d00-0000-${digits.padStart(12, "0")}`;
}
