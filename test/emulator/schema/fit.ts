/** Whether tables fit together, and whether an elastic table has only what elastic tables can have. */
import type { ColumnDefinition } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";
import type { Subject } from "./system-columns.ts";
import type { Table } from "./types.ts";

const name = /^[a-z][a-z0-9_]*$/;
const setName = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Throws a SchemaError that names the table at fault. */
export function checkTables(tables: readonly Table[]): void {
  const names = new Map<string, string>();
  const sets = new Map<string, string>();
  for (const table of tables) {
    checkNames(table);
    refuseTwo(names, table.name, table.name, "the logical name");
    refuseTwo(sets, table.setName, table.name, "the entity set");
    checkSpecialColumns(table);
  }
  for (const table of tables) {
    for (const column of table.columns) {
      const unknown = column.targets.find((target) => !names.has(target.table));
      if (unknown !== undefined) {
        throw new SchemaError(`${table.name}.${column.name} points to the unknown table ${unknown.table}`);
      }
    }
  }
}

/** Throws a SchemaError for a table or column whose name is none. */
export function checkLogicalNames(names: readonly string[]): void {
  const wrong = names.find((given) => !name.test(given));
  if (wrong !== undefined) {
    throw new SchemaError(`${wrong} is no logical name: lower case letters, digits and underscores`);
  }
}

function checkNames(table: Table): void {
  if (!setName.test(table.setName)) {
    throw new SchemaError(`${table.name} has the entity set ${table.setName}, which is no name for a URL`);
  }
  if (table.schemaName.toLowerCase() !== table.name) {
    throw new SchemaError(
      `${table.name} has the schema name ${table.schemaName}, which must be the same but for upper case`,
    );
  }
}

function refuseTwo(seen: Map<string, string>, value: string, table: string, what: string): void {
  const other = seen.get(value);
  if (other !== undefined) {
    throw new SchemaError(`${table} has ${what} ${value}, which ${other} has already`);
  }
  seen.set(value, table);
}

function checkSpecialColumns(table: Table): void {
  const { byName, columns } = table;
  if (!byName.has(table.primaryName)) {
    throw new SchemaError(`${table.name} has the primary_name ${table.primaryName}, which is no column of it`);
  }
  const image = table.primaryImage === undefined ? undefined : byName.get(table.primaryImage);
  if (table.primaryImage !== undefined && image?.type !== "image") {
    throw new SchemaError(`${table.name} has the primary_image ${table.primaryImage}, which is no image column of it`);
  }
  const states = new Set(byName.get("statecode")?.options.map(({ value }) => value));
  const status = byName.get("statuscode")?.options.find(({ state }) => state === undefined || !states.has(state));
  if (status !== undefined) {
    throw new SchemaError(
      `${table.name}.statuscode has the option ${status.value} of the unknown state ${String(status.state)}`,
    );
  }
  const second = columns.find(
    ({ type, name: column }) =>
      (type === "state" && column !== "statecode") || (type === "status" && column !== "statuscode"),
  );
  if (second !== undefined) {
    throw new SchemaError(
      `${table.name}.${second.name} cannot be of type ${second.type}: only statecode and statuscode are`,
    );
  }
}

const notElastic: ReadonlySet<string> = new Set(["money", "multiselect", "file", "image", "partylist"]);

/** Throws a SchemaError for what the service refuses on elastic tables. */
export function checkElastic({ name: table, kind }: Subject, forms: Readonly<Record<string, ColumnDefinition>>): void {
  if (kind !== "elastic") {
    return;
  }
  for (const [column, { type, source = "simple" }] of Object.entries(forms)) {
    if (notElastic.has(type) || source !== "simple") {
      throw new SchemaError(
        `${table}.${column} is ${source === "simple" ? `of type ${type}` : source}, which elastic tables do not have`,
      );
    }
  }
}
