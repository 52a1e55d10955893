/** Types as the schema message writes them: number of the type and its table of parameters. */
import { SidecarError } from "../core/errors.ts";
import type { ColumnType, TimeUnit } from "./columns.ts";
import type { Table } from "./flatbuffer.ts";
import { malformed, quoted } from "./limits.ts";

export interface IntType {
  readonly kind: "int";
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

const timeUnits: readonly TimeUnit[] = ["s", "ms", "us", "ns"];
const unsupported: Readonly<Record<number, string>> = {
  14: "union",
  22: "run_end_encoded",
  25: "list_view",
  26: "large_list_view",
};

function pick<T>(choices: readonly T[], index: number): T {
  const choice = choices[index];
  if (choice === undefined) throw malformed("A type in the schema has a parameter that does not exist.");
  return choice;
}

function member<T extends number>(choices: readonly T[], value: number): T {
  return pick(
    choices.filter((choice) => choice === value),
    0,
  );
}

/** @throws SidecarError malformed_arrow unless the width is one that Int allows. */
export function readInt(table: Table): IntType {
  return { kind: "int", bits: member([8, 16, 32, 64], table.int32(0, 0)), signed: table.flag(1) };
}

const digitsMax = { 32: 9, 64: 18, 128: 38, 256: 76 } as const;

function readDecimal(table: Table): ColumnType {
  const bits = member([32, 64, 128, 256], table.int32(2, 128));
  const precision = table.int32(0, 0);
  const scale = table.int32(1, 0);
  const digits = digitsMax[bits];
  if (precision < 1 || precision > digits || Math.abs(scale) > digits) {
    throw malformed(`A decimal of ${bits} bits holds at most ${digits} digits.`);
  }
  return { kind: "decimal", bits, precision, scale };
}

function readTime(table: Table): ColumnType {
  const unit = pick(timeUnits, table.int16(0, 1));
  const bits = member([32, 64], table.int32(1, 32));
  if ((bits === 32) !== (unit === "s" || unit === "ms"))
    throw malformed("A time type has a width that its unit forbids.");
  return { kind: "time", bits, unit };
}

function readWidth(table: Table): number {
  const width = table.int32(0, 0);
  if (width < 0) throw malformed("A type of fixed width has a negative width.");
  return width;
}

/**
 * `number` is the type's place in the union `Type` of Arrow's Schema.fbs; `view` says that values lie as views, not at offsets.
 * @throws SidecarError malformed_arrow; schema_mismatch for a type that is not read, naming the column.
 */
export function readType(
  number: number,
  table: Table,
  column: string,
): { readonly type: ColumnType; readonly view: boolean } {
  if (number === 23 || number === 24) {
    return { type: { kind: number === 23 ? "binary" : "utf8", large: false }, view: true };
  }
  const name = unsupported[number];
  if (name !== undefined) {
    throw new SidecarError("schema_mismatch", `Column ${quoted(column)} is of type ${name}, which is not read.`, {
      remedy: "Cast it to a plain type, or leave the column out.",
    });
  }
  return { type: readPlain(number, table), view: false };
}

function readPlain(number: number, table: Table): ColumnType {
  switch (number) {
    case 1:
      return { kind: "null" };
    case 2:
      return readInt(table);
    case 3:
      return { kind: "float", bits: pick([16, 32, 64], table.int16(0, 0)) };
    case 4:
    case 19:
      return { kind: "binary", large: number === 19 };
    case 5:
    case 20:
      return { kind: "utf8", large: number === 20 };
    case 6:
      return { kind: "bool" };
    case 7:
      return readDecimal(table);
    case 8:
      return { kind: "date", unit: pick(["day", "ms"], table.int16(0, 1)) };
    case 9:
      return readTime(table);
    case 10:
      return { kind: "timestamp", unit: pick(timeUnits, table.int16(0, 0)), zone: table.string(1) };
    case 11:
      return { kind: "interval", unit: pick(["year_month", "day_time", "month_day_nano"], table.int16(0, 0)) };
    case 12:
    case 21:
      return { kind: "list", large: number === 21 };
    case 13:
      return { kind: "struct" };
    case 15:
      return { kind: "fixed_binary", width: readWidth(table) };
    case 16:
      return { kind: "fixed_list", width: readWidth(table) };
    case 17:
      return { kind: "map", large: false };
    case 18:
      return { kind: "duration", unit: pick(timeUnits, table.int16(0, 1)) };
    default:
      throw malformed(`The schema has a type of number ${number}, which does not exist.`);
  }
}
