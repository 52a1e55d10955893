/** Names of types for people: as pyarrow prints them, since that is where most readers will look them up. */
import type { ColumnType, Field } from "./columns.ts";

const intervals = {
  year_month: "month_interval",
  day_time: "day_time_interval",
  month_day_nano: "month_day_nano_interval",
} as const;

function describeField(field: Field): string {
  return `${field.name}: ${describe(field.type, field.children)}${field.nullable ? "" : " not null"}`;
}

function describeMap(children: readonly Field[]): string {
  const entry = children[0]?.children ?? [];
  return `map<${entry.map((field) => describe(field.type, field.children)).join(", ")}>`;
}

/** A type in words, e.g. `timestamp[us, tz=UTC]`; `children` are those of its field. */
export function describe(type: ColumnType, children: readonly Field[] = []): string {
  const inner = children.map(describeField).join(", ");
  switch (type.kind) {
    case "null":
    case "bool":
      return type.kind;
    case "int":
      return `${type.signed ? "" : "u"}int${type.bits}`;
    case "float":
      return { 16: "halffloat", 32: "float", 64: "double" }[type.bits];
    case "decimal":
      return `decimal${type.bits}(${type.precision}, ${type.scale})`;
    case "utf8":
      return type.large ? "large_string" : "string";
    case "binary":
      return type.large ? "large_binary" : "binary";
    case "fixed_binary":
      return `fixed_size_binary[${type.width}]`;
    case "date":
      return type.unit === "day" ? "date32[day]" : "date64[ms]";
    case "time":
      return `time${type.bits}[${type.unit}]`;
    case "timestamp":
      return `timestamp[${type.unit}${type.zone === undefined ? "" : `, tz=${type.zone}`}]`;
    case "duration":
      return `duration[${type.unit}]`;
    case "interval":
      return intervals[type.unit];
    case "list":
      return `${type.large ? "large_" : ""}list<${inner}>`;
    case "map":
      return describeMap(children);
    case "fixed_list":
      return `fixed_size_list<${inner}>[${type.width}]`;
    case "struct":
      return `struct<${inner}>`;
  }
}
