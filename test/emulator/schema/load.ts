/** Reads a user's YAML file of tables (form: definition.ts) and lays it over the built-in ones. */
import { readFileSync } from "node:fs";
import { parse, YAMLParseError } from "yaml";
import type { Schema } from "./build.ts";
import { buildSchema } from "./build.ts";
import { builtInDefinitions } from "./built-in/tables.ts";
import { checkForms } from "./check.ts";
import { mergeDefinitions } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";
import type { Table } from "./types.ts";

/** The built-in tables. */
export function builtInSchema(): Schema {
  return buildSchema(builtInDefinitions);
}

/** The built-in tables and those of the file. Throws a SchemaError that names what is wrong. */
export function loadSchema(file: string): Schema {
  return parseSchema(readFileSync(file, "utf8"));
}

/** Like `loadSchema`, from the text of the file. */
export function parseSchema(yaml: string): Schema {
  return buildSchema(mergeDefinitions(builtInDefinitions, checkForms(readYaml(yaml))));
}

/** The tables alone, for a schema without further choices. */
export function parseTables(yaml: string): readonly Table[] {
  return parseSchema(yaml).tables;
}

function readYaml(yaml: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    throw error instanceof YAMLParseError ? new SchemaError(error.message) : error;
  }
}
