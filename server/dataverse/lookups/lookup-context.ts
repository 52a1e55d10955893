/** What a lookup is resolved from, and what it becomes. */
import type { Field, RecordBatch, Schema } from "../../arrow/columns.ts";
import type { KeyPart } from "../keys/address.ts";
import type { Found } from "../keys/found.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import type { ColumnRequest } from "../request.ts";
import type { WriteValue } from "../text/value.ts";

/** The input columns of a lookup, its attribute, the tables that are known. */
export interface LookupContext {
  readonly column: ColumnRequest;
  readonly sources: readonly { readonly index: number; readonly field: Field }[];
  readonly attribute: Attribute;
  readonly schema: Schema;
  readonly table: Table;
  readonly related: ReadonlyMap<string, Table>;
}

export interface Lookup {
  /** The table that is pointed to. */
  readonly table: Table;
  /** Attributes of that table which name the row. */
  readonly by: readonly Attribute[];
}

export interface LookupKey {
  readonly parts: readonly KeyPart[];
  /**
   * `primary` and `alternate` stand in the URL that is bound, but for texts that no URL can hold; rows named by a `business` key
   * are all found by reading.
   */
  readonly kind: "primary" | "alternate" | "business";
}

/** One table whose rows are looked for, and by what. */
export interface SoughtTarget extends Lookup, LookupKey {}

/** A column whose values name rows: what must be known to find them. */
export interface SoughtLookup {
  readonly attribute: Attribute;
  /** Indexes of input columns with the key. */
  readonly sources: readonly number[];
  /** One, unless each row names its own. */
  readonly targets: readonly SoughtTarget[];
  /** Index of the input column with the name of the table. */
  readonly tableFrom: number | undefined;
}

/** One table that a lookup can lead to. */
export interface LookupTarget extends SoughtTarget {
  /** JSON name, case-sensitive: `<navigation property>@odata.bind`. */
  readonly property: string;
}

/** A column with its tables and keys, and how its value is written. */
export interface ResolvedLookup extends SoughtLookup {
  readonly targets: readonly LookupTarget[];
  /** JSON name; where there are several tables, the one that clears. */
  readonly property: string;
  readonly bind: (batch: RecordBatch, found?: Found) => WriteValue;
}
