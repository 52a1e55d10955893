/** The columns of a table as metadata tells them: what a value must keep to before it may be sent. */

export type AttributeKind =
  | "text"
  | "memo"
  | "integer"
  | "bigint"
  | "decimal"
  | "money"
  | "float"
  | "boolean"
  | "choice"
  | "choices"
  | "state"
  | "status"
  | "datetime"
  | "dateonly"
  | "guid"
  | "lookup"
  | "customer"
  | "owner"
  | "partylist"
  | "image"
  | "file"
  | "other";

/** One value of a choice, with its words. */
export interface Option {
  /** In the language of the application user; empty if it has none. */
  readonly label: string;
  /** By language, e.g. 1033. */
  readonly labels: ReadonlyMap<number, string>;
  /** Of a status: the state that it belongs to. */
  readonly state?: number;
  /** Of a state: the status that a row gets with it. */
  readonly defaultStatus?: number;
}

export interface Attribute {
  readonly logicalName: string;
  readonly kind: AttributeKind;
  /** As the service calls it, e.g. `StringType`. */
  readonly typeName: string;
  readonly validForCreate: boolean;
  readonly validForUpdate: boolean;
  readonly validForRead: boolean;
  /** SystemRequired: the only level that the service enforces. */
  readonly required: boolean;
  /** The service numbers rows itself where the value is absent. */
  readonly autoNumber: boolean;
  /** UTF-16 units. */
  readonly maxLength?: number;
  /** Decimal texts. */
  readonly minValue?: string;
  readonly maxValue?: string;
  /** Digits after the point; of money that follows its currency the most that the service stores. */
  readonly precision?: number;
  /** Whose digits money has: 0 its own, 1 the organization's for prices, 2 its currency's. */
  readonly precisionSource?: number;
  /** By value: of choices, state, status and boolean. */
  readonly options?: ReadonlyMap<number, Option>;
  /** As the service calls it, e.g. `Duration` (whole minutes), `DateOnly`, `Email`. */
  readonly format?: string;
  /** Of dates: `UserLocal`, `DateOnly` or `TimeZoneIndependent`. */
  readonly behavior?: string;
  /** Of images and files. */
  readonly maxSizeKb?: number;
  /** Tables that a lookup or party list may point to. */
  readonly targets: readonly string[];
}
