/** Rules of a table that metadata does not show: duplicate detection, and what its plug-ins refuse. */
import type { TableDefinition } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";
import type { Column, DuplicateRule, Refusal, Table } from "./types.ts";

/** A plug-in that threw on purpose. */
const pluginRefusal = "0x80040265";

/** Throws a SchemaError for a column that the table does not have. */
export function buildRules(
  table: string,
  definition: TableDefinition,
  byName: ReadonlyMap<string, Column>,
): Pick<Table, "duplicateRules" | "refusals"> {
  const columnOf = (name: string): Column => {
    const column = byName.get(name);
    if (column === undefined) {
      throw new SchemaError(`a rule of ${table} names the unknown column ${name}`);
    }
    return column;
  };
  const duplicateRules = Object.entries(definition.duplicate_rules ?? {}).map(
    ([name, columns]): DuplicateRule => ({ name, columns: columns.map(columnOf) }),
  );
  const refusals = (definition.refuse_when ?? []).map(
    ({ column, equals, code, message }): Refusal => ({
      column: columnOf(column),
      equals: String(equals).toLowerCase(),
      code: code ?? pluginRefusal,
      message: message ?? `The value of '${column}' is not allowed.`,
    }),
  );
  return { duplicateRules, refusals };
}
