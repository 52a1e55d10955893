/** A column of one row out of a golden vector, which names its Arrow type and writes its value as text. */
import type { Column, TimeUnit } from "../../server/arrow/columns.ts";
import {
  binary,
  bool,
  column,
  date32,
  date64,
  decimal,
  fixedBinary,
  float32,
  float64,
  int,
  int32,
  list,
  text,
  timestamp,
} from "./columns.ts";

const name = "key";

/** @param kind such as int8, uint64, decimal(128,12,2), instant(us), naive(ms). */
export function cell(kind: string, value: string | null): Column {
  const [, type = "", parameters = ""] = /^(\w+)(?:\((.*)\))?$/.exec(kind) ?? [];
  const build = cells[type];
  if (build === undefined) throw new Error(`No cell is known for ${kind}.`);
  return build(value, parameters.split(","));
}

type Build = (value: string | null, parameters: readonly string[]) => Column;

function rowOf<T>(value: string | null, read: (text: string) => T): [T | null] {
  return [value === null ? null : read(value)];
}

function integer(bits: 8 | 16 | 32 | 64, signed: boolean): Build {
  return (value) => int(name, rowOf(value, BigInt), { bits, signed });
}

function time(zone: string | null): Build {
  return (value, [unit]) => timestamp(name, rowOf(value, BigInt), { unit: unit as TimeUnit, zone });
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

const cells: Readonly<Record<string, Build>> = {
  nothing: () => column(name, { kind: "null" }, [null], {}),
  bool: (value) =>
    bool(
      name,
      rowOf(value, (text) => text === "true"),
    ),
  int8: integer(8, true),
  int16: integer(16, true),
  int32: integer(32, true),
  int64: integer(64, true),
  uint8: integer(8, false),
  uint16: integer(16, false),
  uint32: integer(32, false),
  uint64: integer(64, false),
  float32: (value) => float32(name, rowOf(value, Number)),
  float64: (value) => float64(name, rowOf(value, Number)),
  decimal: (value, [bits, precision, scale]) =>
    decimal(name, [value], {
      bits: Number(bits) as 32 | 64 | 128 | 256,
      precision: Number(precision),
      scale: Number(scale),
    }),
  text: (value) => text(name, [value]),
  large_text: (value) => text(name, [value], { large: true }),
  binary: (value) => binary(name, rowOf(value, bytes)),
  large_binary: (value) => binary(name, rowOf(value, bytes), { large: true }),
  fixed_binary: (value, [width]) => fixedBinary(name, rowOf(value, bytes), Number(width)),
  instant: time("UTC"),
  instant_elsewhere: time("America/New_York"),
  naive: time(null),
  date32: (value) => date32(name, rowOf(value, Number)),
  date64: (value) => date64(name, rowOf(value, BigInt)),
  time64: (value) =>
    column(name, { kind: "time", bits: 64, unit: "us" }, [value], {
      values: new Uint8Array(BigInt64Array.of(BigInt(value ?? 0)).buffer),
    }),
  ints: (value) =>
    list(
      name,
      rowOf(value, (text) => text.split(" ").map(Number)),
      (items) => int32("item", items),
    ),
};
