/**
 * One byte form for each value, whatever Arrow type carried it, so that a row has the same identity in every run, partition
 * and client. Changing any of it gives rows new identities: the golden vectors in the test hold it.
 */
import type { Column } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";

/** Appends the canonical form of one row's value. */
export type CanonicalWriter = (row: number, out: CanonicalBytes) => void;

const NULL = 0x30;
const BOOL = 0x62;
const INT = 0x69;
const FLOAT = 0x66;
const DECIMAL = 0x64;
const TEXT = 0x74;
const BINARY = 0x78;
const INSTANT = 0x7a;
const NAIVE = 0x6e;
const DATE = 0x79;
const OTHER = 0x6f;

const MICROSECONDS: Readonly<Record<string, bigint>> = { s: 1_000_000n, ms: 1000n, us: 1n };

/** Grows to the longest row seen and is used again for every row. */
export class CanonicalBytes {
  bytes = new Uint8Array(256);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  tag(tag: number): void {
    this.#room(1);
    this.bytes[this.length++] = tag;
  }

  int64(value: bigint): void {
    this.#room(8);
    this.#view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  float64(value: number): void {
    this.#room(8);
    // One zero and one NaN: -0.0 equals 0.0 to whoever wrote the row, and NaN has many bit patterns.
    this.#view.setFloat64(this.length, value === 0 ? 0 : value, true);
    this.length += 8;
  }

  /** Length first, so that ("ab","c") and ("a","bc") differ. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    this.#room(4 + end - start);
    this.#view.setUint32(this.length, end - start, true);
    this.length += 4;
    if (end - start < 48) for (let i = start; i < end; i++) this.bytes[this.length++] = bytes[i] ?? 0;
    else {
      this.bytes.set(bytes.subarray(start, end), this.length);
      this.length += end - start;
    }
  }

  ascii(text: string): void {
    this.raw(Buffer.from(text, "latin1"), 0, text.length);
  }
}

function signed(view: DataView, at: number, bits: number): bigint {
  let value = 0n;
  for (let word = bits / 32 - 1; word >= 0; word--)
    value = (value << 32n) | BigInt(view.getUint32(at + word * 4, true));
  return BigInt.asIntN(bits, value);
}

function decimalWriter(view: DataView, bits: number, scale: number): CanonicalWriter {
  // A negative scale counts tens, hundreds and so on.
  const unit = 10n ** BigInt(Math.max(0, -scale));
  return (row, out) => {
    let digits = signed(view, row * (bits / 8), bits) * unit;
    let places = Math.max(0, scale);
    // 1.50 and 1.5 are one value.
    while (places > 0 && digits % 10n === 0n) {
      digits /= 10n;
      places -= 1;
    }
    out.tag(DECIMAL);
    out.ascii(`${digits}e${-places}`);
  };
}

function integerReader(view: DataView, bits: number, isSigned: boolean): (row: number) => bigint {
  switch (bits) {
    case 8:
      return isSigned ? (row) => BigInt(view.getInt8(row)) : (row) => BigInt(view.getUint8(row));
    case 16:
      return isSigned ? (row) => BigInt(view.getInt16(row * 2, true)) : (row) => BigInt(view.getUint16(row * 2, true));
    case 32:
      return isSigned ? (row) => BigInt(view.getInt32(row * 4, true)) : (row) => BigInt(view.getUint32(row * 4, true));
    default:
      return isSigned ? (row) => view.getBigInt64(row * 8, true) : (row) => view.getBigUint64(row * 8, true);
  }
}

function timeWriter(view: DataView, tag: number, unit: string): CanonicalWriter {
  const factor = MICROSECONDS[unit];
  return (row, out) => {
    const value = view.getBigInt64(row * 8, true);
    out.tag(tag);
    if (factor !== undefined) out.ascii(String(value * factor));
    // Nanoseconds keep what a microsecond cannot hold, so that two rows never fall together.
    else out.ascii(value % 1000n === 0n ? String(value / 1000n) : `${value}n`);
  };
}

function float16(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function floatReader(view: DataView, bits: number): (row: number) => number {
  if (bits === 64) return (row) => view.getFloat64(row * 8, true);
  if (bits === 32) return (row) => view.getFloat32(row * 4, true);
  return (row) => float16(view.getUint16(row * 2, true));
}

function rawWriter(column: Column, tag: number): CanonicalWriter {
  const { values, offsets } = column;
  return (row, out) => {
    out.tag(tag);
    out.raw(values, offsets[row] ?? 0, offsets[row + 1] ?? 0);
  };
}

function fixedWriter(column: Column, width: number): CanonicalWriter {
  return (row, out) => {
    out.tag(OTHER);
    out.raw(column.values, row * width, (row + 1) * width);
  };
}

function nestedWriter(column: Column): CanonicalWriter {
  const children = column.children.map(canonicalWriter);
  const { type } = column.field;
  if (type.kind === "struct") {
    return (row, out) => {
      out.tag(OTHER);
      for (const child of children) child(row, out);
    };
  }
  const width = type.kind === "fixed_list" ? type.width : undefined;
  return (row, out) => {
    const start = width === undefined ? (column.offsets[row] ?? 0) : row * width;
    const end = width === undefined ? (column.offsets[row + 1] ?? 0) : start + width;
    out.tag(OTHER);
    out.int64(BigInt(end - start));
    for (let i = start; i < end; i++) for (const child of children) child(i, out);
  };
}

function presentWriter(column: Column): CanonicalWriter {
  const { type } = column.field;
  const view = new DataView(column.values.buffer, column.values.byteOffset, column.values.byteLength);
  switch (type.kind) {
    case "bool":
      return (row, out) => {
        out.tag(BOOL);
        out.tag(((column.values[row >> 3] ?? 0) >> (row & 7)) & 1);
      };
    case "int": {
      const read = integerReader(view, type.bits, type.signed);
      return (row, out) => {
        const value = read(row);
        out.tag(INT);
        out.int64(BigInt.asIntN(64, value));
        // An unsigned value of 2^63 and above would read as a negative one.
        if (value > 0x7fff_ffff_ffff_ffffn) out.tag(1);
      };
    }
    case "float": {
      const read = floatReader(view, type.bits);
      return (row, out) => {
        const value = read(row);
        out.tag(FLOAT);
        out.float64(Number.isNaN(value) ? Number.NaN : value);
      };
    }
    case "decimal":
      return decimalWriter(view, type.bits, type.scale);
    case "utf8":
      return rawWriter(column, TEXT);
    case "binary":
      return rawWriter(column, BINARY);
    case "date": {
      const perDay = type.unit === "ms" ? 86_400_000n : 1n;
      const read = integerReader(view, type.unit === "ms" ? 64 : 32, true);
      return (row, out) => {
        out.tag(DATE);
        out.int64(read(row) / perDay);
      };
    }
    case "timestamp":
      return timeWriter(view, type.zone === undefined ? NAIVE : INSTANT, type.unit);
    case "time":
      return fixedWriter(column, type.bits / 8);
    case "duration":
      return fixedWriter(column, 8);
    case "interval":
      return fixedWriter(column, { year_month: 4, day_time: 8, month_day_nano: 16 }[type.unit]);
    case "fixed_binary":
      return (row, out) => {
        out.tag(BINARY);
        out.raw(column.values, row * type.width, (row + 1) * type.width);
      };
    case "null":
      return (_row, out) => out.tag(NULL);
    case "list":
    case "map":
    case "fixed_list":
    case "struct":
      return nestedWriter(column);
  }
}

export function canonicalWriter(column: Column): CanonicalWriter {
  const write = presentWriter(column);
  return (row, out) => {
    if (isNull(column, row)) out.tag(NULL);
    else write(row, out);
  };
}
