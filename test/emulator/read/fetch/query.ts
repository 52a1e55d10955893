/** A FetchXML query as it was written, with its tables and columns found. */
import type { Column, Table } from "../../schema/types.ts";

export type Aggregate = "count" | "countcolumn" | "sum" | "avg" | "min" | "max";
export type DateGrouping = "day" | "week" | "month" | "quarter" | "year";

export interface FetchAttribute {
  readonly column: Column;
  readonly alias: string | undefined;
  readonly aggregate: Aggregate | undefined;
  readonly distinct: boolean;
  readonly groupBy: boolean;
  readonly dateGrouping: DateGrouping | undefined;
}

export interface FetchCondition {
  readonly kind: "condition";
  /** Alias of the link entity that the column is of; undefined: the one around the filter. */
  readonly entity: string | undefined;
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly string[];
  /** Another column of the same entity to compare with. */
  readonly valueOf: string | undefined;
}

export interface FetchFilter {
  readonly kind: "filter";
  readonly type: "and" | "or";
  readonly terms: readonly (FetchFilter | FetchCondition)[];
}

export interface FetchOrder {
  readonly attribute: string | undefined;
  readonly alias: string | undefined;
  readonly entity: string | undefined;
  readonly descending: boolean;
}

export interface FetchEntity {
  readonly table: Table;
  /** Of a link; of the root its name. */
  readonly alias: string;
  readonly attributes: readonly FetchAttribute[];
  readonly filters: readonly FetchFilter[];
  readonly orders: readonly FetchOrder[];
  readonly links: readonly FetchLink[];
}

export interface FetchLink extends FetchEntity {
  readonly from: Column;
  readonly to: Column;
  readonly outer: boolean;
}

export interface FetchQuery {
  readonly root: FetchEntity;
  readonly top: number | undefined;
  /** Results left out before the first; FetchXML has no word for it. */
  readonly offset: number;
  readonly count: number | undefined;
  readonly page: number;
  readonly cookie: string | undefined;
  readonly aggregate: boolean;
  readonly distinct: boolean;
  readonly counted: boolean;
}
