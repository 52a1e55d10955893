/** By what a lookup names its row: the target's primary key, one of its alternate keys, or attributes that are no key at all. */
import type { KeyPart } from "../keys/address.ts";
import { findKey } from "../keys/match-key.ts";
import type { Table } from "../metadata/tables.ts";
import { describeType } from "../text/describe.ts";
import { chooseCodec } from "../values/codecs.ts";
import type { LookupContext, LookupKey } from "./lookup-context.ts";

/** @returns the key, or what is wrong with it. */
export function lookupKey({ column, sources, attribute }: LookupContext, table: Table): LookupKey | string {
  const { by = [] } = column.lookup ?? {};
  const names = by.length === 0 ? [table.primaryId] : by;
  const key = findKey(names, table);
  if (typeof key === "string") return `the lookup ${attribute.logicalName} goes by a key that cannot serve: ${key}`;
  if (names.length !== sources.length) {
    return `the lookup ${attribute.logicalName} goes by ${names.join(", ")} and needs as many sources; it has ${sources.length}`;
  }
  const parts: KeyPart[] = [];
  for (const [position, { index, field }] of sources.entries()) {
    const part = table.attributes.get(names[position] ?? "");
    if (part === undefined) return `the service does not describe the key of ${table.logicalName}`;
    const codec = chooseCodec(field, part, { excess: "REFUSE", naive: column.timestamp?.naive });
    if (typeof codec === "string") {
      const type = describeType(field.type, field.children);
      return `${field.name} (${type}) cannot name a row by ${part.logicalName}: expected ${codec}`;
    }
    parts.push({ attribute: part, source: index, codec });
  }
  return { parts, kind: key.kind === "business" || key.kind === "alternate" ? key.kind : "primary" };
}
