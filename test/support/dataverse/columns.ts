/** Columns of any type out of unscaled values, for tests that go through types. Integers of all kinds are bigint. */
import type { Column, ColumnType } from "../../../server/arrow/columns.ts";
import { column } from "../columns.ts";

export type Value = bigint | number | string | boolean | Uint8Array | null;

export const utf8: ColumnType = { kind: "utf8", large: false };
export const bool: ColumnType = { kind: "bool" };
export const date32: ColumnType = { kind: "date", unit: "day" };
export const date64: ColumnType = { kind: "date", unit: "ms" };

export function int(bits: 8 | 16 | 32 | 64, signed = true): ColumnType {
  return { kind: "int", bits, signed };
}

export function float(bits: 16 | 32 | 64): ColumnType {
  return { kind: "float", bits };
}

export function decimal(bits: 32 | 64 | 128 | 256, scale: number): ColumnType {
  return { kind: "decimal", bits, precision: { 32: 9, 64: 18, 128: 38, 256: 76 }[bits], scale };
}

export function timestamp(unit: "s" | "ms" | "us" | "ns", zone: string | undefined = "UTC"): ColumnType {
  return { kind: "timestamp", unit, zone };
}

/** A timestamp column that says nothing about a zone. */
export function naive(unit: "s" | "ms" | "us" | "ns"): ColumnType {
  return { kind: "timestamp", unit, zone: undefined };
}

export function columnOf(name: string, type: ColumnType, values: readonly Value[]): Column {
  return column(name, type, values, layOut(type, values));
}

function layOut(type: ColumnType, values: readonly Value[]): { values: Uint8Array; offsets: Int32Array } {
  if (type.kind === "utf8") return texts(values);
  const offsets = new Int32Array(0);
  if (type.kind === "bool") {
    const bits = new Uint8Array(Math.ceil(values.length / 8));
    for (const [row, value] of values.entries()) {
      if (value === true) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
    }
    return { values: bits, offsets };
  }
  return { values: Buffer.concat(values.map((value) => fixed(type, value))), offsets };
}

/** The first text begins at an odd byte, so that nobody reads relative to the start of the values. */
function texts(values: readonly Value[]): { values: Uint8Array; offsets: Int32Array } {
  const parts = values.map((value) => Buffer.from(value === null ? "" : String(value)));
  const offsets = new Int32Array(values.length + 1).fill(1);
  for (const [row, part] of parts.entries()) offsets[row + 1] = (offsets[row] ?? 0) + part.length;
  return { values: Buffer.concat([Buffer.from("#"), ...parts]), offsets };
}

function fixed(type: ColumnType, value: Value): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  const bytes = Buffer.alloc(widthOf(type));
  if (type.kind === "float") {
    if (type.bits === 32) bytes.writeFloatLE(Number(value ?? 0));
    else bytes.writeDoubleLE(Number(value ?? 0));
    return bytes;
  }
  let rest = BigInt.asUintN(8 * bytes.length, BigInt(value ?? 0));
  for (let i = 0; i < bytes.length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function widthOf(type: ColumnType): number {
  switch (type.kind) {
    case "int":
    case "float":
    case "decimal":
    case "time":
      return type.bits / 8;
    case "date":
      return type.unit === "day" ? 4 : 8;
    case "fixed_binary":
      return type.width;
    default:
      return 8;
  }
}
