/** Attributes without a time zone hold what a clock on the wall shows: an instant has to be read off some clock first. */
import type { Schema } from "../../arrow/columns.ts";
import type { ResolvedColumn } from "./mapping-context.ts";

export function wallClockWarnings(schema: Schema, columns: readonly ResolvedColumn[]): readonly string[] {
  const names = columns.filter((column) => isReadOff(schema, column)).map(({ attribute }) => attribute.logicalName);
  if (names.length === 0) return [];
  return [`Time zones do not apply to ${names.join(", ")}: the time in UTC is written for each instant.`];
}

function isReadOff(schema: Schema, { attribute, sources }: ResolvedColumn): boolean {
  const type = schema.fields[sources[0] ?? -1]?.type;
  return attribute.behavior === "TimeZoneIndependent" && type?.kind === "timestamp" && type.zone !== undefined;
}
