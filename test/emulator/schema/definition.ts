/**
 * The form in which tables are written down, by the built-in schema and by a user's YAML file alike:
 *
 *     tables:
 *       account:                          # a built-in table: columns and keys are added, a column of the same name replaced
 *         keys:
 *           account_number: [accountnumber]              # or {columns: [accountnumber], status: Pending, label: Account Number}
 *       new_order:                        # a new table
 *         entity_set: new_orders          # default: the name and an "s"
 *         schema_name: new_Order          # default: the name
 *         label: Order                    # default: the schema name
 *         primary_id: new_orderid         # default: the name and "id"
 *         primary_name: new_name          # default: the first text column
 *         columns:
 *           new_name: {type: text, max_length: 100}
 *           new_total: {type: money, min: 0, max: 1000000, precision: 4}
 *           new_big: {type: bigint}
 *           new_state: {type: choice, options: {1: Open, 2: Shipped}}
 *           new_customer: {type: lookup, targets: {account: new_Customer}}      # table: navigation property; or [account]
 *
 * Of a column: type (text memo integer bigint decimal money float boolean choice datetime dateonly guid lookup), schema_name,
 * label, max_length, min, max, precision, precision_source (money: 0 column, 2 currency), behavior (datetime: UserLocal or
 * TimeZoneIndependent), options, targets, create (valid for create, default true), update (default true),
 * required (None, Recommended, ApplicationRequired, SystemRequired). Numbers that a double cannot hold are written as text.
 */
import type { AlternateKey, Column, ColumnType } from "./types.ts";

export interface ColumnDefinition {
  readonly type: ColumnType;
  readonly schema_name?: string;
  readonly label?: string;
  readonly max_length?: number;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly precision?: number;
  readonly precision_source?: 0 | 2;
  readonly behavior?: Column["behavior"];
  readonly options?: Readonly<Record<string, string>>;
  readonly targets?: readonly string[] | Readonly<Record<string, string>>;
  readonly create?: boolean;
  readonly update?: boolean;
  readonly required?: Column["required"];
}

export interface KeyDefinition {
  readonly columns: readonly string[];
  readonly status?: AlternateKey["status"];
  readonly label?: string;
}

export interface TableDefinition {
  readonly entity_set?: string;
  readonly schema_name?: string;
  readonly label?: string;
  readonly primary_id?: string;
  readonly primary_name?: string;
  readonly columns?: Readonly<Record<string, ColumnDefinition>>;
  readonly keys?: Readonly<Record<string, readonly string[] | KeyDefinition>>;
}

export type Definitions = Readonly<Record<string, TableDefinition>>;

/** Definitions laid over others: new tables are added, columns and keys of known ones too. */
export function mergeDefinitions(base: Definitions, over: Definitions): Definitions {
  const merged: Record<string, TableDefinition> = { ...base };
  for (const [name, table] of Object.entries(over)) {
    const known = merged[name];
    merged[name] =
      known === undefined
        ? table
        : {
            ...known,
            ...table,
            columns: { ...known.columns, ...table.columns },
            keys: { ...known.keys, ...table.keys },
          };
  }
  return merged;
}
