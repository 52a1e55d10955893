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
  | "state"
  | "status"
  | "datetime"
  | "dateonly"
  | "guid"
  | "lookup"
  | "customer"
  | "owner"
  | "other";

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
  /** Digits after the point. */
  readonly precision?: number;
  /** Value to label, of choice, state, status and boolean. */
  readonly options?: ReadonlyMap<number, string>;
  /** Tables that a lookup may point to. */
  readonly targets: readonly string[];
}
