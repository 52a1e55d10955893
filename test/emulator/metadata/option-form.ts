/** Options of a choice as bodies of the metadata API give them. */
import type { Catalog } from "../rows/catalog.ts";
import type { ChoiceDefinition, OptionDefinition, OptionDefinitions } from "../schema/definition.ts";
import type { Choice, Option } from "../schema/types.ts";
import type { Body } from "./body.ts";
import { badArgument } from "./refusals.ts";

/** Where the publisher's option values begin. */
const firstValue = 100_000_000;

/** Throws the service's 400 for two options of one value. */
export function readOptions(options: readonly Body[]): OptionDefinitions {
  const read: Record<string, OptionDefinition> = {};
  for (const option of options) {
    const value = option.whole("Value") ?? nextValue(read);
    if (read[value] !== undefined) {
      throw badArgument(`The option value ${value} is used twice.`);
    }
    const words = option.label("Label");
    read[value] = { label: words?.text ?? String(value), labels: words?.others ?? {} };
  }
  return read;
}

function nextValue(read: Readonly<Record<string, OptionDefinition>>): number {
  const values = Object.keys(read).map(Number);
  return Math.max(firstValue - 1, ...values) + 1;
}

/** The global choices as definitions, for columns that share them. */
export function choiceForms(catalog: Catalog): Readonly<Record<string, ChoiceDefinition>> {
  return Object.fromEntries([...catalog.choices].map(([name, choice]) => [name, choiceForm(choice)]));
}

function choiceForm({ label, options }: Choice): ChoiceDefinition {
  return { label, options: Object.fromEntries(options.map((option) => [option.value, optionForm(option)])) };
}

function optionForm({ label, labels = new Map(), state }: Option): OptionDefinition {
  return { label, labels: Object.fromEntries(labels), ...(state === undefined ? {} : { state }) };
}
