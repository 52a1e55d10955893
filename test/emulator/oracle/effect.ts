/** One thing that an operation did to one row. */

export type Operation = "create" | "update" | "delete";

export interface Effect {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly principal: string;
  readonly server: number;
  /** Number of the request in this ledger. */
  readonly request: number;
  readonly operation: Operation;
  readonly table: string;
  readonly id: string;
  /** Of the values that the operation carried. */
  readonly hash: string;
  /** The row held these very values from the effect before. */
  readonly repeated: boolean;
  /** What the operation carried, by column; absent under `--no-values` and of effects long past. */
  readonly values?: Readonly<Record<string, unknown>>;
}
