/** One row as it is read and written. */
import type { Column } from "../schema/types.ts";
import type { Stored } from "./values.ts";

export interface Row {
  readonly id: string;
  /** By ordinal of the column; absent = null. */
  readonly values: readonly Stored[];
  /** What an ETag shows; grows with every write to the environment. */
  readonly version: number;
  /** Hash of the values that the last effect carried; "" if none did. */
  readonly lastHash: string;
}

export function stored(row: Row, column: Column): Stored {
  return row.values[column.ordinal] ?? null;
}
