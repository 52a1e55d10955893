/** Choices as OptionSetMetadata: those of a column, and the global ones. */
import { stableGuid } from "../core/stable-guid.ts";
import type { Catalog } from "../rows/catalog.ts";
import type { Choice, Column, Option, Table } from "../schema/types.ts";
import type { Item, MetadataObject } from "./item.ts";
import { label, managed } from "./item.ts";

export function choiceId(name: string): string {
  return stableGuid(`choice:${name}`);
}

export function globalChoiceOf(catalog: Catalog, column: Column): Choice | undefined {
  return column.choice === undefined ? undefined : catalog.choices.get(column.choice);
}

export function choiceItem(choice: Choice): Item {
  return {
    type: "OptionSetMetadata",
    base: {
      ...describe(choice.name, choice.label, "Picklist"),
      MetadataId: choiceId(choice.name),
      IsGlobal: true,
      IsCustomOptionSet: choice.custom,
    },
    extra: { Options: choice.options.map((option) => describeOption(option)), ParentOptionSetName: null },
    links: {},
  };
}

export function localChoiceItem(table: Table, column: Column): Item {
  const name = `${table.name}_${column.name}`;
  const base = {
    ...describe(name, column.label, kindOf(column)),
    MetadataId: stableGuid(`${table.name}.${column.name}#`),
    IsGlobal: false,
    IsCustomOptionSet: column.custom,
  };
  if (column.type === "boolean") {
    const option = (value: number): MetadataObject =>
      describeOption(column.options.find((one) => one.value === value) ?? { value, label: String(value) });
    return {
      type: "BooleanOptionSetMetadata",
      base,
      extra: { TrueOption: option(1), FalseOption: option(0) },
      links: {},
    };
  }
  const options = column.options.map((option) => ({ ...describeOption(option), ...special(table, column, option) }));
  return { type: "OptionSetMetadata", base, extra: { Options: options, ParentOptionSetName: null }, links: {} };
}

function kindOf(column: Column): string {
  switch (column.type) {
    case "boolean":
      return "Boolean";
    case "state":
      return "State";
    case "status":
      return "Status";
    default:
      return "Picklist";
  }
}

function describe(name: string, text: string, kind: string): MetadataObject {
  return {
    HasChanged: null,
    Name: name,
    DisplayName: label(text),
    Description: label(""),
    OptionSetType: kind,
    IsManaged: false,
    IsCustomizable: managed(true, "iscustomizable"),
    IntroducedVersion: "1.0.0.0",
    ExternalTypeName: null,
  };
}

function describeOption({ value, label: text, labels }: Option): MetadataObject {
  return {
    Value: value,
    Label: label(text, labels),
    Description: label(""),
    Color: null,
    ExternalValue: null,
    IsManaged: false,
    IsHidden: false,
    Tag: null,
    ParentValues: [],
    MetadataId: null,
    HasChanged: null,
  };
}

/** A status belongs to a state; a state has the status that rows in it get. */
function special(table: Table, column: Column, option: Option): MetadataObject {
  if (column.type === "status") {
    return {
      "@odata.type": "#Microsoft.Dynamics.CRM.StatusOptionMetadata",
      State: option.state ?? 0,
      TransitionData: null,
    };
  }
  if (column.type !== "state") {
    return {};
  }
  const statuses = table.byName.get("statuscode")?.options ?? [];
  return {
    "@odata.type": "#Microsoft.Dynamics.CRM.StateOptionMetadata",
    DefaultStatus: statuses.find(({ state }) => state === option.value)?.value ?? null,
    InvariantName: option.label,
  };
}
