/**
 * Columns as views over verified bytes. Values are read straight from the buffers: the getters of the library lose
 * precision (decimals, 64-bit integers, microseconds).
 */

export type TimeUnit = "s" | "ms" | "us" | "ns";

export type ColumnType =
  | { readonly kind: "null" }
  | { readonly kind: "bool" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 16 | 32 | 64 }
  | { readonly kind: "decimal"; readonly bits: 32 | 64 | 128 | 256; readonly precision: number; readonly scale: number }
  | { readonly kind: "utf8" | "binary"; readonly large: boolean }
  | { readonly kind: "fixed_binary"; readonly width: number }
  | { readonly kind: "date"; readonly unit: "day" | "ms" }
  | { readonly kind: "time"; readonly bits: 32 | 64; readonly unit: TimeUnit }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly zone: string | undefined }
  | { readonly kind: "duration"; readonly unit: TimeUnit }
  | { readonly kind: "interval"; readonly unit: "year_month" | "day_time" | "month_day_nano" }
  | { readonly kind: "list" | "map"; readonly large: boolean }
  | { readonly kind: "fixed_list"; readonly width: number }
  | { readonly kind: "struct" };

export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Of list, map, struct; empty otherwise. */
  readonly children: readonly Field[];
  /** Pairs that travel with the field, such as the name of an extension type; absent if there are none. */
  readonly metadata?: ReadonlyMap<string, string>;
}

export interface Schema {
  readonly fields: readonly Field[];
}

/**
 * One column of one record batch. Row i is present when `validity` is undefined or bit i (least significant first) is set.
 * `values` by kind: bool = bits; int, float, decimal, date, time, timestamp, duration, interval, fixed_binary = fixed
 * width, little-endian; utf8, binary = the bytes that `offsets` points into; list, map = unused, see `children`.
 * Dictionaries and views have been resolved: they never reach this type.
 */
export interface Column {
  readonly field: Field;
  readonly rows: number;
  readonly validity: Uint8Array | undefined;
  readonly values: Uint8Array;
  /** rows + 1 entries, of utf8, binary, list, map; ascending and within the values; empty otherwise. */
  readonly offsets: Int32Array;
  readonly children: readonly Column[];
}

export interface RecordBatch {
  readonly rows: number;
  /** What it holds in memory, bytes: the account of permits. */
  readonly bytes: number;
  /** In the order of the schema's fields. */
  readonly columns: readonly Column[];
  /** Gives its memory back now, and not when it is next looked for: after it the columns are empty. */
  readonly free?: () => void;
}

export function isNull(column: Column, row: number): boolean {
  const { validity } = column;
  return (
    column.field.type.kind === "null" ||
    (validity !== undefined && (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0)
  );
}
