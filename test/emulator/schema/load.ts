/** Reads a user's YAML file of tables (form: definition.ts) and lays it over the built-in ones. */
import { readFileSync } from "node:fs";
import { parse, YAMLParseError } from "yaml";
import { buildTables, SchemaError } from "./build.ts";
import { builtInDefinitions } from "./built-in.ts";
import type { Definitions } from "./definition.ts";
import { mergeDefinitions } from "./definition.ts";
import type { Table } from "./types.ts";

const tableFields = new Set(["entity_set", "schema_name", "label", "primary_id", "primary_name", "columns", "keys"]);
const columnFields = new Set([
  ...["type", "schema_name", "label", "max_length", "min", "max", "precision"],
  ...["precision_source", "behavior", "options", "targets", "create", "update", "required"],
]);

/** The built-in tables. */
export function builtInTables(): readonly Table[] {
  return buildTables(builtInDefinitions);
}

/** The built-in tables and those of the file. Throws a SchemaError that names what is wrong. */
export function loadTables(file: string): readonly Table[] {
  return parseTables(readFileSync(file, "utf8"));
}

/** Like `loadTables`, from the text of the file. */
export function parseTables(yaml: string): readonly Table[] {
  const document = readYaml(yaml);
  const tables = record(document, "the file")["tables"];
  for (const [name, table] of Object.entries(record(tables, "tables"))) {
    checkTable(name, table);
  }
  // checkTable has seen every field name; types and references are checked while building.
  return buildTables(mergeDefinitions(builtInDefinitions, tables as Definitions));
}

function readYaml(yaml: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    throw error instanceof YAMLParseError ? new SchemaError(error.message) : error;
  }
}

function checkTable(name: string, table: unknown): void {
  const fields = record(table, name);
  refuseUnknown(fields, tableFields, name);
  for (const [column, form] of Object.entries(record(fields["columns"] ?? {}, `${name}.columns`))) {
    const definition = record(form, `${name}.${column}`);
    refuseUnknown(definition, columnFields, `${name}.${column}`);
    if (typeof definition["type"] !== "string") {
      throw new SchemaError(`${name}.${column} has no type`);
    }
  }
}

function refuseUnknown(fields: Readonly<Record<string, unknown>>, known: ReadonlySet<string>, where: string): void {
  const unknown = Object.keys(fields).find((field) => !known.has(field));
  if (unknown !== undefined) {
    throw new SchemaError(`${where} has the unknown field ${unknown}; known: ${[...known].join(", ")}`);
  }
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SchemaError(`${where} must be a mapping of names`);
  }
  return value as Readonly<Record<string, unknown>>;
}
