/** A table from its parts: what can be derived from columns is derived here, so that no change can leave it behind. */
import { SchemaError } from "./schema-error.ts";
import type { Column, Navigation, Table } from "./types.ts";
import { readName } from "./types.ts";

export type Parts = Omit<Table, "byName" | "byReadName" | "navigations" | "required">;

/** Throws a SchemaError for two navigation properties of one name. */
export function assemble(parts: Parts): Table {
  const { columns } = parts;
  const byName = new Map(columns.map((column) => [column.name, column]));
  return {
    ...parts,
    required: columns.filter((column) => column.required === "SystemRequired"),
    byName,
    byReadName: new Map(columns.map((column) => [readName(column), column])),
    navigations: navigationsOf(parts.name, columns),
  };
}

function navigationsOf(table: string, columns: readonly Column[]): ReadonlyMap<string, Navigation> {
  const navigations = new Map<string, Navigation>();
  for (const column of columns.filter(({ type }) => type === "lookup")) {
    for (const target of column.targets) {
      const known = navigations.get(target.navigation);
      if (known !== undefined && known.column !== column) {
        throw new SchemaError(
          `${table}.${column.name} and ${table}.${known.column.name} have the same navigation property ${target.navigation}`,
        );
      }
      navigations.set(target.navigation, { column, targets: [...(known?.targets ?? []), target.table] });
    }
  }
  return navigations;
}
