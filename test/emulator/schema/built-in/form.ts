/** Short forms for the built-in tables, whose columns are written under their schema names. */
import type { ColumnDefinition, TargetDefinition } from "../definition.ts";

type Columns = Readonly<Record<string, ColumnDefinition>>;

/** Logical names are the schema names in lower case, and so are the navigation properties of built-in lookups. */
export function columns(bySchemaName: Columns): Columns {
  return Object.fromEntries(
    Object.entries(bySchemaName).map(([schemaName, form]) => [
      schemaName.toLowerCase(),
      { ...form, schema_name: schemaName, label: form.label ?? words(schemaName) },
    ]),
  );
}

/** `NumberOfEmployees` as people read it. */
function words(schemaName: string): string {
  return schemaName
    .replace(/Id$/, "")
    .replace(/(\d)_/g, "$1: ")
    .replace(/([a-z])([A-Z])/g, "$1 $2");
}

export function text(max_length: number, label?: string): ColumnDefinition {
  return { type: "text", max_length, ...(label === undefined ? {} : { label }) };
}

/** An amount whose digits the currency decides. */
export function money(max: string, min: number | string = 0): ColumnDefinition {
  return { type: "money", min, max, precision: 2, precision_source: 2 };
}

/** A link to one table: the navigation property is the column's logical name. */
export function link(
  column: string,
  table: string,
  relationship: string,
  on_delete: TargetDefinition["on_delete"] = "RemoveLink",
): ColumnDefinition {
  return { type: "lookup", targets: { [table]: { navigation: column, relationship, on_delete } } };
}

/** The account or contact that something is sold to, or done for; `CustomerId` of a table. */
export function customer(label: string, relationship: string): ColumnDefinition {
  return {
    type: "customer",
    label,
    targets: {
      account: { navigation: "customerid_account", relationship: `${relationship}_accounts` },
      contact: { navigation: "customerid_contact", relationship: `${relationship}_contacts` },
    },
  };
}

/** Options numbered from `first`. */
export function numbered(labels: readonly string[], first = 1): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map((label, index) => [String(index + first), label]));
}
