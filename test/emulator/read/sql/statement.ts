/** A SELECT statement as it was written; names are not looked up yet. */

export interface Name {
  /** The alias or table in front of the dot. */
  readonly of: string | undefined;
  readonly column: string;
}

export interface Item {
  readonly name: Name | undefined;
  /** COUNT, SUM, AVG, MIN, MAX; without name: COUNT(*). */
  readonly call: string | undefined;
  readonly distinct: boolean;
  readonly as: string | undefined;
}

export interface Join {
  readonly table: string;
  readonly alias: string;
  readonly outer: boolean;
  readonly on: readonly [Name, Name];
}

export type Where =
  | { readonly kind: "and" | "or"; readonly terms: readonly Where[] }
  | { readonly kind: "test"; readonly name: Name; readonly operator: string; readonly values: readonly string[] };

export interface Statement {
  readonly distinct: boolean;
  readonly top: number | undefined;
  readonly items: readonly Item[];
  readonly table: string;
  readonly alias: string;
  readonly joins: readonly Join[];
  readonly where: Where | undefined;
  readonly groups: readonly Name[];
  readonly orders: readonly { readonly name: Name; readonly descending: boolean }[];
  /** Results that come before the first one shown. */
  readonly offset: number;
}
