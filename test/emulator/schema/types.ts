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
  /** Several choices; stored and shown as `1,9,14`. */
  | "multiselect"
  | "state"
  | "status"
  | "datetime"
  | "dateonly"
  | "guid"
  | "lookup"
  /** Base64 in a row's body; the stored value is that text. */
  | "image"
  /** Not in a row's body: uploaded on its own; the stored value is the GUID of the file. */
  | "file"
  /** Parties of an activity; held as rows of activityparty, never in the row itself. */
  | "partylist";

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
  /** Schema name of the relationship. */
  readonly relationship: string;
  /** Collection-valued navigation property of the target that leads back. */
  readonly collection: string;
  /** What becomes of the referencing rows when the target is deleted. */
  readonly onDelete: "RemoveLink" | "Restrict" | "Cascade" | "NoCascade";
}

/** A collection-valued navigation property: the many side of a lookup, or either side of many-to-many. */
export type Collection =
  | { readonly kind: "oneToMany"; readonly name: string; readonly table: string; readonly column: string }
  | {
      readonly kind: "manyToMany";
      readonly name: string;
      readonly relationship: string;
      /** The table of the rows in the collection. */
      readonly table: string;
      /** Logical name of the intersect table, and its columns for this side and the other. */
      readonly intersect: string;
      readonly here: string;
      readonly there: string;
    };

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
  /** Of money: 0 = the column's own precision, 1 = the organization's, 2 = the currency's. */
  readonly precisionSource: 0 | 1 | 2;
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
  /** By name of the navigation property. */
  readonly collections: ReadonlyMap<string, Collection>;
  readonly kind: "standard" | "elastic" | "activity" | "intersect";
  /** Whether rows have an owner; otherwise they belong to the organization. */
  readonly owned: boolean;
  readonly changeTracking: boolean;
  /** Whether CreateMultiple and UpdateMultiple are there. */
  readonly bulk: boolean;
  readonly keys: readonly AlternateKey[];
}

/** The property under which a column is read. */
export function readName(column: Column): string {
  return column.type === "lookup" ? `_${column.name}_value` : column.name;
}
