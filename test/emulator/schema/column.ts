/** One column from its definition. Refuses what the type does not allow. */
import { canonicalDecimal } from "../rows/decimal.ts";
import { checkFields, within } from "./column-fields.ts";
import type { TypeRules } from "./column-types.ts";
import { typeRules } from "./column-types.ts";
import type { ColumnDefinition, Definitions } from "./definition.ts";
import { optionsOf } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";
import { targetsOf } from "./targets.ts";
import type { Column, ColumnType, Option } from "./types.ts";

export interface Place {
  /** Logical name of the table. */
  readonly table: string;
  readonly name: string;
  readonly ordinal: number;
  readonly custom: boolean;
  readonly choices: Definitions["choices"];
}

/** Throws a SchemaError that names the table and column. */
export function buildColumn(place: Place, definition: ColumnDefinition): Column {
  const where = `${place.table}.${place.name}`;
  const type = typeOf(definition);
  const rules = typeRules[type];
  if (rules === undefined) {
    throw new SchemaError(`${where} has the unknown type ${String(definition.type)}`);
  }
  checkFields(where, definition, rules);
  const schemaName = definition.schema_name ?? place.name;
  if (schemaName.toLowerCase() !== place.name) {
    throw new SchemaError(`${where} has the schema name ${schemaName}, which must be the same but for upper case`);
  }
  return {
    name: place.name,
    schemaName,
    label: definition.label ?? schemaName,
    description: definition.description ?? "",
    type,
    ordinal: place.ordinal,
    ...writability(definition),
    ...limitsOf(definition, rules),
    ...manner(definition, rules),
    options: columnOptions(where, type, definition, place.choices),
    targets: targetsOf(place.table, place.name, definition),
    choice: definition.choice,
    defaultValue: definition.default === undefined ? undefined : Number(definition.default),
    baseOf: definition.base_of,
    custom: place.custom,
  };
}

function writability({
  source = "simple",
  create,
  update,
  required = "None",
}: ColumnDefinition): Pick<Column, "creatable" | "updatable" | "required" | "source"> {
  const simple = source === "simple";
  return { creatable: create ?? simple, updatable: update ?? simple, required, source };
}

function manner(
  definition: ColumnDefinition,
  rules: TypeRules,
): Pick<Column, "precisionSource" | "behavior" | "format" | "autoNumber" | "kind" | "maxSizeKb"> {
  const { precision_source = 0, behavior = "UserLocal", autonumber = "", max_size_kb = rules.maxSizeKb } = definition;
  return {
    precisionSource: precision_source,
    behavior,
    format: definition.format ?? (definition.type === "duration" ? "Duration" : rules.format),
    autoNumber: autonumber,
    kind: definition.kind ?? (definition.type === "customer" ? "customer" : "plain"),
    maxSizeKb: max_size_kb,
  };
}

function typeOf({ type }: ColumnDefinition): ColumnType {
  switch (type) {
    case "duration":
      return "integer";
    case "customer":
      return "lookup";
    default:
      return type;
  }
}

function limitsOf(
  definition: ColumnDefinition,
  { bounds, length }: TypeRules,
): Pick<Column, "maxLength" | "min" | "max" | "precision"> {
  return {
    maxLength: definition.max_length ?? length?.usual ?? 0,
    min: decimalOf(definition.min) ?? bounds?.min ?? "0",
    max: decimalOf(definition.max) ?? bounds?.max ?? "0",
    precision: definition.precision ?? bounds?.precision ?? 0,
  };
}

function decimalOf(value: number | string | undefined): string | undefined {
  return value === undefined ? undefined : canonicalDecimal(String(value));
}

function columnOptions(
  where: string,
  type: ColumnType,
  definition: ColumnDefinition,
  choices: Definitions["choices"],
): readonly Option[] {
  const { choice } = definition;
  const shared = choice === undefined ? undefined : choices[choice];
  if (choice !== undefined && shared === undefined) {
    throw new SchemaError(`${where} has the unknown choice ${choice}`);
  }
  const given = optionsOf(shared?.options ?? definition.options ?? (type === "boolean" ? { 0: "No", 1: "Yes" } : {}));
  checkOptions(where, given);
  // Without states named, the statuses belong to the states in their order.
  return type === "status" && given.every(({ state }) => state === undefined)
    ? given.map((option, index) => ({ ...option, state: index }))
    : given;
}

export function checkOptions(where: string, options: readonly Option[]): void {
  const wrong = options.find(({ value }) => !within(value, -2_147_483_648, 2_147_483_647));
  if (wrong !== undefined) {
    throw new SchemaError(`${where} has an option without a whole number: ${wrong.label}`);
  }
  const unnamed = options.find(({ label }) => typeof label !== "string");
  if (unnamed !== undefined) {
    throw new SchemaError(`${where} has the option ${unnamed.value} without a label`);
  }
}
