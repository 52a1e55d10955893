/** Definitions to tables: fills in defaults, adds the columns that every table has, and refuses what does not fit together. */
import { canonicalDecimal } from "../rows/decimal.ts";
import type { ColumnDefinition, Definitions, TableDefinition } from "./definition.ts";
import type { AlternateKey, Column, ColumnType, Navigation, Option, Table, Target } from "./types.ts";
import { readName } from "./types.ts";

export class SchemaError extends Error {}

interface Bounds {
  readonly min: string;
  readonly max: string;
  readonly precision: number;
}

const none: Bounds = { min: "0", max: "0", precision: 0 };
const bounds: Readonly<Record<ColumnType, Bounds>> = {
  text: none,
  memo: none,
  integer: { min: "-2147483648", max: "2147483647", precision: 0 },
  bigint: { min: "-9223372036854775808", max: "9223372036854775807", precision: 0 },
  decimal: { min: "-100000000000", max: "100000000000", precision: 10 },
  money: { min: "-922337203685477", max: "922337203685477", precision: 4 },
  float: { min: "-100000000000", max: "100000000000", precision: 5 },
  boolean: none,
  choice: none,
  multiselect: none,
  state: none,
  status: none,
  datetime: none,
  dateonly: none,
  guid: none,
  lookup: none,
  image: none,
  file: none,
  partylist: none,
};
const lengths: Partial<Record<ColumnType, number>> = { text: 100, memo: 2000 };

const readOnly = { create: false, update: false } as const;

/** Columns that the service gives every user-owned table. */
const systemColumns: Readonly<Record<string, ColumnDefinition>> = {
  createdon: { type: "datetime", ...readOnly },
  modifiedon: { type: "datetime", ...readOnly },
  createdby: { type: "lookup", targets: ["systemuser"], ...readOnly },
  modifiedby: { type: "lookup", targets: ["systemuser"], ...readOnly },
  ownerid: { type: "lookup", targets: { systemuser: "ownerid", team: "ownerid" } },
  versionnumber: { type: "bigint", ...readOnly },
  importsequencenumber: { type: "integer", update: false },
  overriddencreatedon: { type: "datetime", update: false },
  statecode: { type: "state", options: { "0": "Active", "1": "Inactive" }, create: false, required: "SystemRequired" },
  statuscode: { type: "status", options: { "1": "Active", "2": "Inactive" } },
};
const moneyColumns: Readonly<Record<string, ColumnDefinition>> = {
  transactioncurrencyid: { type: "lookup", targets: ["transactioncurrency"] },
  exchangerate: { type: "decimal", precision: 10, ...readOnly },
};

/** Custom tables begin here in the service. */
const firstTypeCode = 10_000;
const builtInTypeCodes: Readonly<Record<string, number>> = {
  account: 1,
  contact: 2,
  systemuser: 8,
  team: 9,
  businessunit: 10,
  transactioncurrency: 9105,
};

/** Every table of the definitions. Throws a SchemaError that names the table and column at fault. */
export function buildTables(definitions: Definitions): readonly Table[] {
  const tables = Object.entries(definitions).map(([name, definition], index) =>
    buildTable(name, definition, builtInTypeCodes[name] ?? firstTypeCode + index),
  );
  const names = new Set(tables.map((table) => table.name));
  for (const table of tables) {
    for (const column of table.columns) {
      const unknown = column.targets.find((target) => !names.has(target.table));
      if (unknown !== undefined) {
        throw new SchemaError(`${table.name}.${column.name} points to the unknown table ${unknown.table}`);
      }
    }
  }
  return tables;
}

function buildTable(name: string, definition: TableDefinition, objectTypeCode: number): Table {
  const primaryId = definition.primary_id ?? `${name}id`;
  const own = definition.columns ?? {};
  const hasMoney = Object.values(own).some((column) => column.type === "money");
  const all: Record<string, ColumnDefinition> = {
    [primaryId]: { type: "guid", update: false, required: "SystemRequired" },
    ...systemColumns,
    ...(hasMoney ? moneyColumns : {}),
    ...own,
  };
  const columns = Object.entries(all).map(([column, form], ordinal) => buildColumn(name, column, form, ordinal));
  const byName = new Map(columns.map((column) => [column.name, column]));
  const primary = columns[0];
  if (primary === undefined) {
    throw new SchemaError(`${name} has no columns`);
  }
  const schemaName = definition.schema_name ?? name;
  return {
    name,
    schemaName,
    setName: definition.entity_set ?? `${name}s`,
    label: definition.label ?? schemaName,
    objectTypeCode,
    primaryId: primary,
    primaryName: definition.primary_name ?? columns.find((column) => column.type === "text")?.name ?? primaryId,
    columns,
    required: columns.filter((column) => column.required === "SystemRequired"),
    byName,
    byReadName: new Map(columns.map((column) => [readName(column), column])),
    navigations: buildNavigations(columns),
    collections: new Map(),
    kind: "standard",
    owned: true,
    changeTracking: true,
    bulk: true,
    keys: buildKeys(name, definition, byName),
  };
}

function buildColumn(table: string, name: string, definition: ColumnDefinition, ordinal: number): Column {
  const outer = bounds[definition.type];
  if (outer === undefined) {
    throw new SchemaError(`${table}.${name} has the unknown type ${String(definition.type)}`);
  }
  const schemaName = definition.schema_name ?? name;
  return {
    name,
    schemaName,
    label: definition.label ?? schemaName,
    type: definition.type,
    ordinal,
    creatable: definition.create ?? true,
    updatable: definition.update ?? true,
    required: definition.required ?? "None",
    maxLength: definition.max_length ?? lengths[definition.type] ?? 0,
    min: decimalOf(definition.min) ?? outer.min,
    max: decimalOf(definition.max) ?? outer.max,
    precision: definition.precision ?? outer.precision,
    precisionSource: definition.precision_source ?? 0,
    behavior: definition.behavior ?? "UserLocal",
    options: optionsOf(definition),
    targets: targetsOf(name, definition),
  };
}

function decimalOf(value: number | string | undefined): string | undefined {
  return value === undefined ? undefined : canonicalDecimal(String(value));
}

function optionsOf(definition: ColumnDefinition): readonly Option[] {
  return Object.entries(definition.options ?? {}).map(([value, label], index) =>
    definition.type === "status" ? { value: Number(value), label, state: index } : { value: Number(value), label },
  );
}

function targetsOf(name: string, definition: ColumnDefinition): readonly Target[] {
  const targets = definition.targets ?? {};
  if (!Array.isArray(targets)) {
    return Object.entries(targets as Readonly<Record<string, string>>).map(([table, navigation]) =>
      targetOf(table, navigation),
    );
  }
  const navigation = definition.schema_name ?? name;
  const tables: readonly string[] = targets;
  return tables.map((table) => targetOf(table, tables.length === 1 ? navigation : `${navigation}_${table}`));
}

function targetOf(table: string, navigation: string): Target {
  return { table, navigation, relationship: navigation, collection: navigation, onDelete: "RemoveLink" };
}

function buildNavigations(columns: readonly Column[]): ReadonlyMap<string, Navigation> {
  const navigations = new Map<string, Navigation>();
  for (const column of columns) {
    for (const { table, navigation } of column.targets) {
      const known = navigations.get(navigation)?.targets ?? [];
      navigations.set(navigation, { column, targets: [...known, table] });
    }
  }
  return navigations;
}

function buildKeys(
  table: string,
  definition: TableDefinition,
  byName: ReadonlyMap<string, Column>,
): readonly AlternateKey[] {
  return Object.entries(definition.keys ?? {}).map(([name, form]) => {
    const key = "columns" in form ? form : { columns: form };
    const columns = key.columns.map((column) => {
      const found = byName.get(column);
      if (found === undefined) {
        throw new SchemaError(`the key ${name} of ${table} names the unknown column ${column}`);
      }
      return found;
    });
    return { name, label: key.label ?? name, columns, status: key.status ?? "Active" };
  });
}
