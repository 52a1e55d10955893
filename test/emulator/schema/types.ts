/** What the emulator knows of a table, resolved from definitions: columns, keys and navigation properties. */

export type ColumnType =
  | "text"
  | "memo"
  | "integer"
  | "bigint"
  | "decimal"
  | "money"
  | "float"
  | "boolean"
  | "choice"
  | "state"
  | "status"
  | "datetime"
  | "dateonly"
  | "guid"
  | "lookup";

export interface Option {
  readonly value: number;
  readonly label: string;
  /** Of a status: the state it belongs to. */
  readonly state?: number;
}

export interface Target {
  readonly table: string;
  /** Navigation property, case-sensitive. */
  readonly navigation: string;
}

export interface Column {
  /** Logical name. */
  readonly name: string;
  readonly schemaName: string;
  readonly label: string;
  readonly type: ColumnType;
  /** Place in a stored row. */
  readonly ordinal: number;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly required: "None" | "Recommended" | "ApplicationRequired" | "SystemRequired";
  /** UTF-16 units; text and memo. */
  readonly maxLength: number;
  /** Canonical decimals; numeric types. */
  readonly min: string;
  readonly max: string;
  /** Digits after the point; decimal, money and float. */
  readonly precision: number;
  /** Of money: 0 = the column's own precision, 2 = the currency's. */
  readonly precisionSource: 0 | 2;
  /** Of datetime. */
  readonly behavior: "UserLocal" | "TimeZoneIndependent";
  readonly options: readonly Option[];
  readonly targets: readonly Target[];
}

export interface AlternateKey {
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column[];
  readonly status: "Active" | "Pending" | "InProgress" | "Failed";
}

export interface Navigation {
  readonly column: Column;
  /** Tables that a row bound through this property may belong to. */
  readonly targets: readonly string[];
}

export interface Table {
  readonly name: string;
  readonly schemaName: string;
  readonly setName: string;
  readonly label: string;
  readonly objectTypeCode: number;
  readonly primaryId: Column;
  /** Logical name of the column that names a row to people. */
  readonly primaryName: string;
  readonly columns: readonly Column[];
  /** Those that no row may lack. */
  readonly required: readonly Column[];
  readonly byName: ReadonlyMap<string, Column>;
  /** Property name under which a column is read: its logical name, `_x_value` for lookups. */
  readonly byReadName: ReadonlyMap<string, Column>;
  readonly navigations: ReadonlyMap<string, Navigation>;
  readonly keys: readonly AlternateKey[];
}

/** The property under which a column is read. */
export function readName(column: Column): string {
  return column.type === "lookup" ? `_${column.name}_value` : column.name;
}
