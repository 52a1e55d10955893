/** The address that accounts, contacts, users and orders carry in columns. */
import type { ColumnDefinition } from "../definition.ts";
import { text } from "./form.ts";

/** `prefix`: `Address1`, `ShipTo`. */
export function addressColumns(prefix: string): Readonly<Record<string, ColumnDefinition>> {
  return {
    [`${prefix}_Name`]: text(200),
    [`${prefix}_Line1`]: text(250),
    [`${prefix}_Line2`]: text(250),
    [`${prefix}_Line3`]: text(250),
    [`${prefix}_City`]: text(80),
    [`${prefix}_StateOrProvince`]: text(50),
    [`${prefix}_PostalCode`]: text(20),
    [`${prefix}_Country`]: text(80),
    [`${prefix}_Telephone1`]: text(50),
    [`${prefix}_Latitude`]: { type: "float", min: -90, max: 90, precision: 5 },
    [`${prefix}_Longitude`]: { type: "float", min: -180, max: 180, precision: 5 },
  };
}
