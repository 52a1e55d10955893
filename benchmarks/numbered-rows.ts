/** Rows made from their numbers, for what is measured on virtual time. */
import type { Column, RecordBatch } from "../server/arrow/columns.ts";
import { recordBatch } from "../test/support/columns.ts";

export const rows = 100_000;
const rowsPerBatch = 10_000;

export function codeOf(number: number): string {
  return `K-${number}`;
}

/** All of them; the columns of a record batch are made from the numbers of its rows. */
export function recordBatchesOf(columns: (numbers: readonly number[]) => readonly Column[]): readonly RecordBatch[] {
  return Array.from({ length: rows / rowsPerBatch }, (_, nth) =>
    recordBatch(...columns(Array.from({ length: rowsPerBatch }, (_none, at) => nth * rowsPerBatch + at))),
  );
}
