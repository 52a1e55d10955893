/** Values of a column in the form of the golden files: nothing lost, numbers and times as text, bytes as hex. Slow and plain. */
import type { Column, ColumnType, RecordBatch } from "../../server/arrow/columns.ts";
import { isNull } from "../../server/arrow/columns.ts";

function bigInt(bytes: Uint8Array, signed: boolean): bigint {
  const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return signed ? BigInt.asIntN(8 * bytes.byteLength, value) : value;
}

function decimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function halfFloat(bytes: Uint8Array): number {
  const bits = Number(bigInt(bytes, false));
  const fraction = bits & 0x3ff;
  const exponent = (bits >> 10) & 0x1f;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 === 1 ? -size : size;
}

/** As Python prints a float. */
function float(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = { 2: halfFloat(bytes), 4: 0, 8: 0 }[bytes.byteLength] ?? 0;
  const exact =
    bytes.byteLength === 2 ? value : bytes.byteLength === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  if (!Number.isFinite(exact)) return String(exact).replace("Infinity", "inf");
  const sign = Object.is(exact, -0) ? "-" : "";
  return Number.isInteger(exact) ? `${sign}${exact}.0` : String(exact);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function interval(bytes: Uint8Array): readonly string[] {
  const parts = [bytes.subarray(0, 4), bytes.subarray(4, 8), bytes.subarray(8, 16)];
  return parts.map((part) => bigInt(part, true).toString());
}

function fixed(type: ColumnType, bytes: Uint8Array): unknown {
  switch (type.kind) {
    case "int":
      return bigInt(bytes, type.signed).toString();
    case "float":
      return float(bytes);
    case "decimal":
      return decimal(bigInt(bytes, true), type.scale);
    case "fixed_binary":
      return hex(bytes);
    case "interval":
      return interval(bytes);
    default:
      return bigInt(bytes, true).toString();
  }
}

function children(column: Column, start: number, end: number): unknown[] {
  const [child] = column.children;
  if (child === undefined) throw new Error("A list has no child.");
  return Array.from({ length: end - start }, (_, i) => valueAt(child, start + i));
}

function valueAt(column: Column, row: number): unknown {
  if (isNull(column, row)) return null;
  const { type } = column.field;
  const { values, offsets } = column;
  const start = offsets[row] ?? 0;
  const end = offsets[row + 1] ?? 0;
  switch (type.kind) {
    case "bool":
      return (((values[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
    case "utf8":
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(values.subarray(start, end));
    case "binary":
      return hex(values.subarray(start, end));
    case "list":
      return children(column, start, end);
    case "map":
      return children(column, start, end).map((entry) => Object.values(entry as Record<string, unknown>));
    case "fixed_list":
      return children(column, row * type.width, (row + 1) * type.width);
    case "struct":
      return Object.fromEntries(column.children.map((child) => [child.field.name, valueAt(child, row)]));
    default: {
      const width = values.byteLength / column.rows;
      return fixed(type, values.subarray(row * width, (row + 1) * width));
    }
  }
}

export function valuesOf(column: Column): unknown[] {
  return Array.from({ length: column.rows }, (_, row) => valueAt(column, row));
}

/** Column name to values. */
export function batchValues(batch: RecordBatch): Record<string, unknown[]> {
  return Object.fromEntries(batch.columns.map((column) => [column.field.name, valuesOf(column)]));
}
