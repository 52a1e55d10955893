/** Record batches out of plain arrays, laid out as `server/arrow/columns.ts` says, so that a test shows the rows it means. */
import type { Column, ColumnType, Field, RecordBatch, Schema, TimeUnit } from "../../server/arrow/columns.ts";

type Nullable<T> = readonly (T | null)[];
type Write = (view: DataView, at: number) => void;

const noOffsets = new Int32Array(0);

/** Any column: every row null whose value is null; the buffers are the caller's. */
export function column<T>(
  name: string,
  type: ColumnType,
  rows: Nullable<T>,
  parts: Partial<Pick<Column, "values" | "offsets" | "children">>,
): Column {
  const children = parts.children ?? [];
  const field: Field = { name, type, nullable: true, children: children.map((child) => child.field) };
  const values = parts.values ?? new Uint8Array(0);
  return {
    field,
    rows: rows.length,
    validity: validityOf(rows),
    values,
    offsets: parts.offsets ?? noOffsets,
    children,
  };
}

function validityOf(rows: Nullable<unknown>): Uint8Array | undefined {
  if (!rows.includes(null)) return undefined;
  const bits = new Uint8Array(Math.ceil(rows.length / 8));
  for (const [row, value] of rows.entries())
    if (value !== null) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return bits;
}

/** Null rows keep zeros beneath them, as most writers leave them. */
function fixed<T>(rows: Nullable<T>, width: number, write: (value: T) => Write): Uint8Array {
  const values = new Uint8Array(rows.length * width);
  const view = new DataView(values.buffer);
  for (const [row, value] of rows.entries()) if (value !== null) write(value)(view, row * width);
  return values;
}

function little(bits: number): (value: bigint) => Write {
  return (value) => (view, at) => {
    for (let byte = 0; byte * 8 < bits; byte++) view.setUint8(at + byte, Number((value >> BigInt(byte * 8)) & 255n));
  };
}

function chunks(rows: Nullable<Uint8Array>): { values: Uint8Array; offsets: Int32Array } {
  const offsets = new Int32Array(rows.length + 1);
  for (const [row, bytes] of rows.entries()) offsets[row + 1] = (offsets[row] ?? 0) + (bytes?.length ?? 0);
  return { values: Buffer.concat(rows.filter((bytes) => bytes !== null)), offsets };
}

export function text(name: string, rows: Nullable<string>, options: { readonly large?: boolean } = {}): Column {
  const bytes = rows.map((row) => (row === null ? null : Buffer.from(row, "utf8")));
  return column(name, { kind: "utf8", large: options.large ?? false }, rows, chunks(bytes));
}

export function binary(name: string, rows: Nullable<Uint8Array>, options: { readonly large?: boolean } = {}): Column {
  return column(name, { kind: "binary", large: options.large ?? false }, rows, chunks(rows));
}

export function fixedBinary(name: string, rows: Nullable<Uint8Array>, width: number): Column {
  const values = fixed(rows, width, (bytes) => (view, at) => {
    for (const [i, byte] of bytes.entries()) view.setUint8(at + i, byte);
  });
  return column(name, { kind: "fixed_binary", width }, rows, { values });
}

export function bool(name: string, rows: Nullable<boolean>): Column {
  const values = new Uint8Array(Math.ceil(rows.length / 8));
  for (const [row, value] of rows.entries())
    if (value === true) values[row >> 3] = (values[row >> 3] ?? 0) | (1 << (row & 7));
  return column(name, { kind: "bool" }, rows, { values });
}

export interface IntOptions {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed?: boolean;
}

export function int(name: string, rows: Nullable<bigint | number>, options: IntOptions): Column {
  const { bits, signed = true } = options;
  const write = little(bits);
  return column(name, { kind: "int", bits, signed }, rows, {
    values: fixed(rows, bits / 8, (row) => write(BigInt(row))),
  });
}

export function int32(name: string, rows: Nullable<number>): Column {
  return int(name, rows, { bits: 32 });
}

export function int64(name: string, rows: Nullable<bigint | number>): Column {
  return int(name, rows, { bits: 64 });
}

export function float32(name: string, rows: Nullable<number>): Column {
  const values = fixed(rows, 4, (row) => (view, at) => view.setFloat32(at, row, true));
  return column(name, { kind: "float", bits: 32 }, rows, { values });
}

export function float64(name: string, rows: Nullable<number>): Column {
  const values = fixed(rows, 8, (row) => (view, at) => view.setFloat64(at, row, true));
  return column(name, { kind: "float", bits: 64 }, rows, { values });
}

export interface DecimalOptions {
  readonly precision: number;
  readonly scale: number;
  readonly bits?: 32 | 64 | 128 | 256;
}

/** Rows are written out, such as "-12.50", with at most `scale` digits after the point. */
export function decimal(name: string, rows: Nullable<string>, options: DecimalOptions): Column {
  const { precision, scale, bits = 128 } = options;
  const write = little(bits);
  const unscaled = (row: string): bigint => {
    const [whole = "", fraction = ""] = row.split(".");
    return BigInt(whole + fraction.padEnd(scale, "0"));
  };
  const values = fixed(rows, bits / 8, (row) => write(unscaled(row)));
  return column(name, { kind: "decimal", bits, precision, scale }, rows, { values });
}

export function decimal128(name: string, rows: Nullable<string>, options: Omit<DecimalOptions, "bits">): Column {
  return decimal(name, rows, { ...options, bits: 128 });
}

export interface TimestampOptions {
  readonly unit?: TimeUnit;
  /** UTC when absent; null for a naive one. */
  readonly zone?: string | null;
}

/** Rows count the unit since 1970. */
export function timestamp(name: string, rows: Nullable<bigint>, options: TimestampOptions = {}): Column {
  const { unit = "us", zone = "UTC" } = options;
  return column(name, { kind: "timestamp", unit, zone: zone ?? undefined }, rows, {
    values: fixed(rows, 8, little(64)),
  });
}

/** Rows count days since 1970. */
export function date32(name: string, rows: Nullable<number>): Column {
  const write = little(32);
  return column(name, { kind: "date", unit: "day" }, rows, { values: fixed(rows, 4, (row) => write(BigInt(row))) });
}

/** Rows count milliseconds since 1970. */
export function date64(name: string, rows: Nullable<bigint>): Column {
  return column(name, { kind: "date", unit: "ms" }, rows, { values: fixed(rows, 8, little(64)) });
}

/** Lists of what `child` makes of all the items in a row. */
export function list<T>(name: string, rows: Nullable<readonly T[]>, child: (items: readonly T[]) => Column): Column {
  const offsets = new Int32Array(rows.length + 1);
  for (const [row, items] of rows.entries()) offsets[row + 1] = (offsets[row] ?? 0) + (items?.length ?? 0);
  const children = [child(rows.flatMap((items) => items ?? []))];
  return column(name, { kind: "list", large: false }, rows, { offsets, children });
}

/** All columns must have as many rows. */
export function recordBatch(...columns: readonly Column[]): RecordBatch {
  const rows = columns[0]?.rows ?? 0;
  if (columns.some((one) => one.rows !== rows))
    throw new Error("The columns of a record batch have as many rows each.");
  return { rows, bytes: columns.reduce((sum, one) => sum + bytesOf(one), 0), columns };
}

export function schemaOf(batch: RecordBatch): Schema {
  return { fields: batch.columns.map(({ field }) => field) };
}

function bytesOf({ validity, values, offsets, children }: Column): number {
  const own = (validity?.byteLength ?? 0) + values.byteLength + offsets.byteLength;
  return children.reduce((sum, child) => sum + bytesOf(child), own);
}
