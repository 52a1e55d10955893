/** What the parts of a mapping are made from, and what they become. */
import type { RecordBatch, Schema } from "../../arrow/columns.ts";
import type { Found } from "../keys/found.ts";
import type { Lookup, ResolvedLookup } from "../lookups/lookup-context.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import type { ColumnRequest, PublishRequest } from "../request.ts";
import type { WriteValue } from "../text/value.ts";
import type { FileColumn } from "./file-column.ts";

export interface MappedTarget {
  readonly attribute: Attribute;
  /** JSON name, `@odata.bind` included. */
  readonly property: string;
  readonly lookup?: Lookup;
}

export interface ResolvedColumn {
  readonly attribute: Attribute;
  /** JSON name, `@odata.bind` included; of a lookup to several tables the one that clears. */
  readonly property: string;
  readonly reference?: ResolvedLookup;
  readonly request: ColumnRequest;
  /** Present where it is sent as a request of its own. */
  readonly file?: FileColumn;
  /** Indexes of input columns; the value is null where all of them are. */
  readonly sources: readonly number[];
  readonly bind: (batch: RecordBatch, found?: Found) => WriteValue;
  /** The value is a text whose quotes are for the caller to write. */
  readonly isUnquoted?: boolean;
}

export interface MappingContext {
  readonly schema: Schema;
  readonly request: PublishRequest;
  readonly table: Table;
  readonly related: ReadonlyMap<string, Table>;
}
