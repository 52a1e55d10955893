/** The input column that tells, row by row, which table a lookup leads to: by its logical name or its entity set's. */
import type { Column } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Table } from "../metadata/tables.ts";

/** Index of the table among the targets; a text completes "The value for x is …". */
export type TableOf = (row: number) => number | string;

/** Distinct texts that are remembered: there are two names for each of sixteen tables, and spellings of them. */
const spellingsMax = 256;

export function bindTableNames(targets: readonly { readonly table: Table }[], column: Column): TableOf {
  const tables = new Map<string, number>();
  for (const [index, { table }] of targets.entries()) {
    tables.set(table.logicalName.toLowerCase(), index);
    tables.set(table.entitySetName.toLowerCase(), index);
  }
  const allowed = targets.map(({ table }) => table.logicalName).join(", ");
  const unknown = `a reference to a table that is none of ${allowed}`;
  const { offsets } = column;
  const text = Buffer.from(column.values.buffer, column.values.byteOffset, column.values.byteLength);
  const spellings = new Map<string, number | string>();
  return (row) => {
    if (isNull(column, row)) return "a reference to a row whose table is null";
    // Names have ASCII characters alone, for which bytes are as good as the text.
    const spelling = text.toString("latin1", offsets[row], offsets[row + 1]);
    const known = spellings.get(spelling);
    if (known !== undefined) return known;
    const index = tables.get(spelling.trim().toLowerCase()) ?? unknown;
    if (spellings.size < spellingsMax) spellings.set(spelling, index);
    return index;
  };
}
