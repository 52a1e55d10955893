/** Whether the fields of a column's definition make sense for its type. */
import type { TypeRules } from "./column-types.ts";
import type { ColumnDefinition } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";

/** Fields that say nothing for this type, and numbers beyond what it allows. */
export function checkFields(where: string, definition: ColumnDefinition, rules: TypeRules): void {
  checkMeaning(where, definition, rules);
  checkBounds(where, definition, rules);
  const { max_length: length = 1, autonumber } = definition;
  if (rules.length !== undefined && !within(length, 1, rules.length.most)) {
    throw new SchemaError(`${where} has the max_length ${length}; from 1 to ${rules.length.most} are allowed`);
  }
  if (autonumber !== undefined && definition.type !== "text") {
    throw new SchemaError(`${where} has an autonumber but is no text`);
  }
}

function checkMeaning(where: string, definition: ColumnDefinition, rules: TypeRules): void {
  const meaningless = [
    ...(rules.length === undefined ? (["max_length"] as const) : []),
    ...(rules.bounds === undefined ? (["min", "max", "precision"] as const) : []),
    ...(rules.options ? [] : (["options", "choice"] as const)),
    ...(rules.targets ? [] : (["targets"] as const)),
    ...(rules.maxSizeKb > 0 ? [] : (["max_size_kb"] as const)),
  ].find((field) => definition[field] !== undefined);
  if (meaningless !== undefined) {
    throw new SchemaError(`${where} is of type ${definition.type}, which has no ${meaningless}`);
  }
}

function checkBounds(where: string, definition: ColumnDefinition, { bounds }: TypeRules): void {
  if (bounds === undefined) {
    return;
  }
  const { precision = 0, min = bounds.min, max = bounds.max } = definition;
  if (!within(precision, 0, bounds.precision)) {
    throw new SchemaError(`${where} has the precision ${precision}; from 0 to ${bounds.precision} are allowed`);
  }
  for (const [name, value] of Object.entries({ min, max })) {
    if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(value))) {
      throw new SchemaError(`${where} has the ${name} ${value}, which is no number`);
    }
  }
  if (Number(min) < Number(bounds.min) || Number(max) > Number(bounds.max)) {
    throw new SchemaError(`${where} goes beyond its type: from ${bounds.min} to ${bounds.max} are allowed`);
  }
  if (Number(min) > Number(max)) {
    throw new SchemaError(`${where} has a min above its max`);
  }
}

export function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
