/** Outcome rows: the input columns of settled rows as they were sent, then what became of them. */
import { SidecarError } from "../core/errors.ts";
import type { RowOutcome } from "../core/outcome.ts";
import type { Column, ColumnType, Field, RecordBatch, Schema } from "./columns.ts";
import { gather } from "./gather.ts";
import { bitmapBytes, noBytes, noOffsets, setBit } from "./layout.ts";
import { Allowance, quoted } from "./limits.ts";
import type { Encoded } from "./record-batch-writer.ts";
import { writeRecordBatch } from "./record-batch-writer.ts";

/** A row that has settled. */
export interface OutcomeRow {
  /** Index within the record batch. */
  readonly row: number;
  /** Index within the stream. */
  readonly streamRow: number;
  readonly outcome: RowOutcome;
}

/** Rows of one message: as many as Spark puts into a batch of its own. */
const rowsPerMessage = 10_000;
const int16Max = 0x7fff;

type Value = string | number | boolean | undefined;

interface OutcomeColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (settled: OutcomeRow) => Value;
}

const utf8: ColumnType = { kind: "utf8", large: false };
const int16: ColumnType = { kind: "int", bits: 16, signed: true };
const int64: ColumnType = { kind: "int", bits: 64, signed: true };
const instant: ColumnType = { kind: "timestamp", unit: "us", zone: "UTC" };

const columns: readonly OutcomeColumn[] = [
  { name: "_dv_outcome", type: utf8, value: ({ outcome }) => outcome.kind },
  { name: "_dv_row", type: int64, value: ({ streamRow }) => streamRow },
  { name: "_dv_id", type: utf8, value: ({ outcome }) => outcome.id },
  { name: "_dv_error_code", type: utf8, value: ({ outcome }) => outcome.failure?.code },
  { name: "_dv_error_column", type: utf8, value: ({ outcome }) => outcome.failure?.column },
  { name: "_dv_error_message", type: utf8, value: ({ outcome }) => outcome.failure?.message },
  { name: "_dv_service_code", type: utf8, value: ({ outcome }) => outcome.failure?.serviceCode },
  { name: "_dv_http_status", type: int16, value: ({ outcome }) => outcome.failure?.httpStatus ?? outcome.httpStatus },
  { name: "_dv_retryable", type: { kind: "bool" }, value: ({ outcome }) => outcome.failure?.retryable },
  { name: "_dv_attempts", type: int16, value: ({ outcome }) => Math.min(outcome.attempts, int16Max) },
  { name: "_dv_request_id", type: utf8, value: ({ outcome }) => outcome.failure?.requestId ?? outcome.requestId },
  // Microseconds; milliseconds are what the clock gives.
  { name: "_dv_settled_at", type: instant, value: ({ outcome }) => Math.floor(outcome.settledAt) * 1000 },
];

/** The names of the outcome columns, in their order. */
export const outcomeColumns: readonly string[] = columns.map(({ name }) => name);

function outcomeField({ name, type }: OutcomeColumn): Field {
  return { name, type, nullable: true, children: [] };
}

/**
 * The schema of the answer; without an input schema the outcome columns alone.
 * @throws SidecarError schema_mismatch if an input column has the name of an outcome column.
 */
export function outcomeSchema(input: Schema | undefined): Schema {
  const fields = input?.fields ?? [];
  for (const { name } of fields) {
    // Without case: Spark and Delta do not tell such names apart.
    if (!outcomeColumns.some((reserved) => name.toLowerCase().startsWith(reserved))) continue;
    throw new SidecarError("schema_mismatch", `The input column ${quoted(name)} has the name of an outcome column.`, {
      remedy: "Drop or rename it.",
    });
  }
  return { fields: [...fields.map((field) => ({ ...field, nullable: true })), ...columns.map(outcomeField)] };
}

const text = new TextEncoder();

/** Neighbours mostly failed for one reason: what is like the value before is not encoded again. */
function encodeParts(values: readonly Value[]): readonly Uint8Array[] {
  let before: Value;
  let bytes: Uint8Array = noBytes;
  return values.map((value) => {
    if (value !== before) bytes = value === undefined ? noBytes : text.encode(String(value));
    before = value;
    return bytes;
  });
}

function encodeText(values: readonly Value[]): Pick<Column, "offsets" | "values"> {
  const parts = encodeParts(values);
  const offsets = new Int32Array(values.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] ?? 0) + part.byteLength;
  const bytes = new Uint8Array(offsets[values.length] ?? 0);
  for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]);
  return { offsets, values: bytes };
}

function bitsWhere(values: readonly Value[], set: (value: Value) => boolean): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(values.length));
  for (const [i, value] of values.entries()) if (set(value)) setBit(bits, i);
  return bits;
}

function encodeInts(values: readonly Value[], bits: 16 | 64): Uint8Array {
  const numbers = values.map((value) => Number(value ?? 0));
  const encoded = bits === 16 ? Int16Array.from(numbers) : BigInt64Array.from(numbers, BigInt);
  return new Uint8Array(encoded.buffer);
}

function encodeColumn(column: OutcomeColumn, settled: readonly OutcomeRow[]): Column {
  const values = settled.map(column.value);
  const plain = {
    field: outcomeField(column),
    rows: values.length,
    validity: bitsWhere(values, (value) => value !== undefined),
    values: noBytes,
    offsets: noOffsets,
    children: [],
  };
  if (column.type === utf8) return { ...plain, ...encodeText(values) };
  if (column.type.kind === "bool") return { ...plain, values: bitsWhere(values, (value) => value === true) };
  return { ...plain, values: encodeInts(values, column.type === int16 ? 16 : 64) };
}

/** The messages that carry the outcome of settled rows of `batch`, in the order given. */
export function outcomeMessages(batch: RecordBatch, settled: readonly OutcomeRow[]): readonly Encoded[] {
  const messages: Encoded[] = [];
  for (let start = 0; start < settled.length; start += rowsPerMessage) {
    const rows = settled.slice(start, start + rowsPerMessage);
    const picks = Int32Array.from(rows, ({ row }) => row);
    // Rows settle once, so what is gathered is never larger than the batch was.
    const allowance = new Allowance(Number.POSITIVE_INFINITY, "bytes of outcome rows");
    const input = batch.columns.map((column) => gather(column, picks, allowance));
    messages.push(writeRecordBatch([...input, ...columns.map((column) => encodeColumn(column, rows))], rows.length));
  }
  return messages;
}
