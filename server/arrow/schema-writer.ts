/** Writes schema messages through apache-arrow, which knows how each type is declared. */
import type { DataType } from "apache-arrow";
import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Binary,
  Bool,
  Date_,
  DateUnit,
  Decimal,
  Duration,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int,
  Interval,
  IntervalUnit,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  Message,
  Null,
  Precision,
  Struct,
  Time,
  Timestamp,
  TimeUnit,
  Utf8,
} from "apache-arrow";
import type { ColumnType, Field, Schema } from "./columns.ts";

const timeUnits = {
  s: TimeUnit.SECOND,
  ms: TimeUnit.MILLISECOND,
  us: TimeUnit.MICROSECOND,
  ns: TimeUnit.NANOSECOND,
} as const;

const precisions = { 16: Precision.HALF, 32: Precision.SINGLE, 64: Precision.DOUBLE } as const;

const intervalUnits = {
  year_month: IntervalUnit.YEAR_MONTH,
  day_time: IntervalUnit.DAY_TIME,
  month_day_nano: IntervalUnit.MONTH_DAY_NANO,
} as const;

function arrowType(type: ColumnType, children: readonly ArrowField[]): DataType {
  const [child = new ArrowField("item", new Null(), true)] = children;
  switch (type.kind) {
    case "null":
      return new Null();
    case "bool":
      return new Bool();
    case "int":
      return new Int(type.signed, type.bits);
    case "float":
      return new Float(precisions[type.bits]);
    case "decimal":
      return new Decimal(type.scale, type.precision, type.bits);
    case "utf8":
      return type.large ? new LargeUtf8() : new Utf8();
    case "binary":
      return type.large ? new LargeBinary() : new Binary();
    case "fixed_binary":
      return new FixedSizeBinary(type.width);
    case "date":
      return new Date_(type.unit === "day" ? DateUnit.DAY : DateUnit.MILLISECOND);
    case "time":
      return new Time(timeUnits[type.unit], type.bits);
    case "timestamp":
      return new Timestamp(timeUnits[type.unit], type.zone);
    case "duration":
      return new Duration(timeUnits[type.unit]);
    case "interval":
      return new Interval(intervalUnits[type.unit]);
    case "list":
      return type.large ? new LargeList(child) : new List(child);
    case "map":
      return new Map_(child);
    case "fixed_list":
      return new FixedSizeList(type.width, child);
    case "struct":
      return new Struct([...children]);
  }
}

function arrowField(field: Field): ArrowField {
  const type = arrowType(field.type, field.children.map(arrowField));
  return new ArrowField(field.name, type, field.nullable, new Map(field.metadata));
}

/** The bare schema message of a FlightData header. */
export function schemaHeader(schema: Schema): Uint8Array {
  return Message.encode(Message.from(new ArrowSchema(schema.fields.map(arrowField))));
}

/** The schema message behind its length, as GetSchema and FlightInfo carry it. */
export function encapsulated(schema: Schema): Uint8Array {
  const header = schemaHeader(schema);
  const length = Math.ceil(header.byteLength / 8) * 8;
  const message = new Uint8Array(8 + length);
  const view = new DataView(message.buffer);
  view.setUint32(0, 0xffff_ffff, true);
  view.setUint32(4, length, true);
  message.set(header, 8);
  return message;
}
