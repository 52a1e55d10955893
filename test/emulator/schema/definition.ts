/**
 * The form in which tables are written down, by the built-in schema and by a user's YAML file alike. docs/emulator.md shows it
 * by example; in short:
 *
 *     choices:
 *       new_priority: {label: Priority, options: {1: Low, 2: {label: High, labels: {1036: Haute}}}}
 *     tables:
 *       account: {keys: {account_number: [accountnumber]}}        # a built-in table: columns and keys are added
 *       new_order:                                                 # a new table
 *         columns:
 *           new_name: {type: text, max_length: 100}
 *           new_customer: {type: lookup, targets: {account: {navigation: new_Customer, on_delete: Restrict}}}
 *         many_to_many: {new_order_contact: contact}
 *
 * Numbers that a double cannot hold are written as text.
 */
import type { AlternateKey, Column, ColumnType, OnDelete, Option } from "./types.ts";

export interface OptionDefinition {
  readonly label: string;
  /** By language code. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly state?: number;
}

export type OptionDefinitions = Readonly<Record<string, string | OptionDefinition>>;

export interface ChoiceDefinition {
  readonly label?: string;
  readonly options: OptionDefinitions;
}

export interface TargetDefinition {
  readonly navigation?: string;
  readonly relationship?: string;
  readonly collection?: string;
  readonly on_delete?: OnDelete;
}

/** By logical name of the target: its navigation property alone, or more. */
export type TargetDefinitions = readonly string[] | Readonly<Record<string, string | TargetDefinition>>;

export interface ColumnDefinition {
  /** `duration` is an integer of that format; `customer` a lookup to account and contact. */
  readonly type: ColumnType | "duration" | "customer";
  readonly schema_name?: string;
  readonly label?: string;
  readonly description?: string;
  readonly max_length?: number;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly precision?: number;
  readonly precision_source?: 0 | 1 | 2;
  readonly behavior?: Column["behavior"];
  readonly options?: OptionDefinitions;
  readonly choice?: string;
  readonly default?: number | boolean;
  readonly targets?: TargetDefinitions;
  readonly create?: boolean;
  readonly update?: boolean;
  readonly required?: Column["required"];
  readonly format?: string;
  readonly autonumber?: string;
  readonly source?: Column["source"];
  readonly max_size_kb?: number;
  readonly kind?: Column["kind"];
  /** Set while building. */
  readonly base_of?: string;
}

export interface KeyDefinition {
  readonly columns: readonly string[];
  readonly status?: AlternateKey["status"];
  readonly label?: string;
}

export interface ManyToManyDefinition {
  readonly table: string;
  readonly intersect?: string;
  /** Collections on this table and on the other; default: the relationship's name. */
  readonly collection?: string;
  readonly other_collection?: string;
}

export interface TableDefinition {
  readonly entity_set?: string;
  readonly schema_name?: string;
  readonly label?: string;
  readonly collection_label?: string;
  readonly description?: string;
  readonly kind?: "standard" | "elastic" | "activity";
  readonly ownership?: "user" | "organization" | "business" | "none";
  readonly change_tracking?: boolean;
  readonly bulk?: boolean;
  /** Whether notes, and activities, may be about its rows. */
  readonly notes?: boolean;
  readonly activities?: boolean;
  readonly primary_id?: string;
  readonly primary_name?: string;
  readonly primary_image?: string;
  readonly object_type_code?: number;
  readonly columns?: Readonly<Record<string, ColumnDefinition>>;
  readonly keys?: Readonly<Record<string, readonly string[] | KeyDefinition>>;
  readonly many_to_many?: Readonly<Record<string, string | ManyToManyDefinition>>;
  /** Name of the rule: its columns. Looked at where a request turns duplicate detection on. */
  readonly duplicate_rules?: Readonly<Record<string, readonly string[]>>;
  /** What a plug-in of the table refuses. */
  readonly refuse_when?: readonly RefusalDefinition[];
}

export interface RefusalDefinition {
  readonly column: string;
  readonly equals: string | number | boolean;
  /** Default: a plug-in's own refusal. */
  readonly code?: string;
  readonly message?: string;
}

export type TableDefinitions = Readonly<Record<string, TableDefinition>>;

export interface Definitions {
  readonly tables: TableDefinitions;
  readonly choices: Readonly<Record<string, ChoiceDefinition>>;
}

/** Definitions laid over others: new tables are added, columns and keys of known ones too. */
export function mergeDefinitions(base: Definitions, over: Definitions): Definitions {
  const tables: Record<string, TableDefinition> = { ...base.tables };
  for (const [name, table] of Object.entries(over.tables)) {
    const known = tables[name];
    tables[name] = known === undefined ? table : mergeTable(known, table);
  }
  return { tables, choices: { ...base.choices, ...over.choices } };
}

function mergeTable(known: TableDefinition, over: TableDefinition): TableDefinition {
  return {
    ...known,
    ...over,
    columns: { ...known.columns, ...over.columns },
    keys: { ...known.keys, ...over.keys },
    many_to_many: { ...known.many_to_many, ...over.many_to_many },
  };
}

export function optionsOf(definitions: OptionDefinitions): readonly Option[] {
  return Object.entries(definitions).map(([value, form]) => {
    const { label, labels, state } = typeof form === "string" ? { label: form } : (form as OptionDefinition);
    const others = Object.entries(labels ?? {}).map(([language, text]) => [Number(language), text] as const);
    return {
      value: Number(value),
      label,
      ...(others.length === 0 ? {} : { labels: new Map(others) }),
      ...(state === undefined ? {} : { state }),
    };
  });
}
