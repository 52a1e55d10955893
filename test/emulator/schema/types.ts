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
  /** In the organization's language. */
  readonly label: string;
  /** In further languages, by language code. */
  readonly labels?: ReadonlyMap<number, string>;
  /** Of a status: the state it belongs to. */
  readonly state?: number;
}

/** A global choice: options that several columns share. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly options: readonly Option[];
  readonly custom: boolean;
}

export type OnDelete = "RemoveLink" | "Restrict" | "Cascade" | "NoCascade";

export interface Target {
  readonly table: string;
  /** Navigation property, case-sensitive. */
  readonly navigation: string;
  /** Schema name of the relationship. */
  readonly relationship: string;
  /** Collection-valued navigation property of the target that leads back. */
  readonly collection: string;
  /** What becomes of the referencing rows when the target is deleted. */
  readonly onDelete: OnDelete;
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
  readonly description: string;
  /** Place in a stored row; a table's ordinals have gaps where columns were deleted. */
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
  /** Of boolean: 0 and 1. */
  readonly options: readonly Option[];
  readonly targets: readonly Target[];
  /** The global choice whose options these are. */
  readonly choice: string | undefined;
  /** What a create without the column gets: an option, or 0 and 1 for boolean. */
  readonly defaultValue: number | undefined;
  /** As metadata names it: `Text Email Url Phone TextArea Duration DateOnly …`. */
  readonly format: string;
  /** Of text: the pattern that the service fills in where the caller gives no value; "" without. */
  readonly autoNumber: string;
  /** Where a value comes from: the caller, a formula, or other rows. */
  readonly source: "simple" | "calculated" | "rollup";
  /** Of a `…_base` column: the money column that it shows in the base currency. */
  readonly baseOf: string | undefined;
  /** What metadata calls the column where its type alone does not say so. */
  readonly kind: "plain" | "owner" | "customer" | "entityname";
  /** Of files and images. */
  readonly maxSizeKb: number;
  /** Whether it was made by a customizer. */
  readonly custom: boolean;
}

export interface AlternateKey {
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column[];
  /** Whether it was made by a customizer. */
  readonly custom: boolean;
  readonly status: "Active" | "Pending" | "InProgress" | "Failed";
}

/** Rows that agree in all of these columns are duplicates, where a request asks for the check. */
export interface DuplicateRule {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** What a plug-in of the table refuses: no client can know of it from metadata. */
export interface Refusal {
  readonly column: Column;
  /** Compared with the text of the value, without case. */
  readonly equals: string;
  readonly code: string;
  readonly message: string;
}

export type Ownership = "UserOwned" | "OrganizationOwned" | "BusinessOwned" | "None";

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
  readonly collectionLabel: string;
  readonly description: string;
  /** Whether it was made by a customizer. */
  readonly custom: boolean;
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
  /** Length of a stored row: one more than any ordinal that was ever given out. */
  readonly width: number;
  readonly navigations: ReadonlyMap<string, Navigation>;
  /** By name of the navigation property. */
  readonly collections: ReadonlyMap<string, Collection>;
  readonly kind: "standard" | "elastic" | "activity" | "intersect";
  /** Whether rows have an owner; otherwise they belong to the organization. */
  readonly owned: boolean;
  readonly ownership: Ownership;
  readonly changeTracking: boolean;
  /** Whether CreateMultiple and UpdateMultiple are there. */
  readonly bulk: boolean;
  /** Whether notes, and activities, may be about its rows. */
  readonly notes: boolean;
  readonly activities: boolean;
  readonly keys: readonly AlternateKey[];
  readonly duplicateRules: readonly DuplicateRule[];
  readonly refusals: readonly Refusal[];
  /** Logical name of the image column that stands for a row. */
  readonly primaryImage: string | undefined;
  /** Of kind intersect: the relationship whose links are its rows. */
  readonly link: Link | undefined;
}

/** One side of a many-to-many relationship. */
export interface LinkSide {
  readonly table: string;
  /** Column of the intersect table that holds this side's id. */
  readonly column: string;
  /** Collection-valued navigation property of this side's table; it leads to the other side. */
  readonly collection: string;
}

export interface Link {
  readonly relationship: string;
  readonly first: LinkSide;
  readonly second: LinkSide;
}

/** The property under which a column is read. */
export function readName(column: Column): string {
  return column.type === "lookup" ? `_${column.name}_value` : column.name;
}
