/** What an answer shows of a row: its properties, and the rows that are related to it. */
import type { Collection, Column, Navigation, Table } from "../schema/types.ts";
import type { RowOrder } from "./order.ts";
import type { RowTest } from "./row-filter.ts";

/** Image and file columns are read under further names that say where the bytes are. */
export type Part = "value" | "url" | "timestamp" | "id" | "name";

export interface Shown {
  readonly name: string;
  readonly column: Column;
  readonly part: Part;
}

export interface Projection {
  readonly shown: readonly Shown[];
  /** The names chosen by `$select`; undefined if nothing was chosen. */
  readonly chosen: readonly string[] | undefined;
  readonly expansions: readonly Expansion[];
}

interface Common {
  /** The navigation property. */
  readonly name: string;
  /** `nav/$ref`: only where the rows are. */
  readonly references: boolean;
  /** Undefined where the rows may be of several tables: what each shows then follows from its own. */
  readonly projection: Projection | undefined;
}

export type Expansion =
  | (Common & { readonly kind: "single"; readonly navigation: Navigation; readonly table: Table | undefined })
  | (Common & {
      readonly kind: "collection";
      readonly collection: Collection;
      readonly table: Table;
      readonly holds: RowTest | undefined;
      readonly order: RowOrder | undefined;
      readonly top: number | undefined;
      /** The options between the brackets, for the link to the next page. */
      readonly options: ReadonlyMap<string, string>;
    });
