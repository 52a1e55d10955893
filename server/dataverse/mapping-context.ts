/** What the parts of a mapping are made from, and what they become. */
import type { RecordBatch, Schema } from "../arrow/columns.ts";
import type { Attribute } from "./attributes.ts";
import type { Lookup } from "./lookups.ts";
import type { ColumnRequest, PublishRequest } from "./request.ts";
import type { Table } from "./tables.ts";
import type { WriteValue } from "./value.ts";

export interface MappedTarget {
  readonly attribute: Attribute;
  /** JSON name, `@odata.bind` included. */
  readonly property: string;
  readonly lookup?: Lookup;
}

export interface ResolvedColumn extends MappedTarget {
  readonly request: ColumnRequest;
  /** Indexes of input columns. */
  readonly sources: readonly number[];
  readonly bind: (batch: RecordBatch) => WriteValue;
}

export interface MappingContext {
  readonly schema: Schema;
  readonly request: PublishRequest;
  readonly table: Table;
  readonly related: ReadonlyMap<string, Table>;
}
