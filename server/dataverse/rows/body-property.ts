/**
 * The properties of an operation's body: made once per mapping, bound once per record batch, written once per row. Bound, all have
 * one shape, so that a row is a plain loop over them.
 */
import type { Column, RecordBatch } from "../../arrow/columns.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Found, FoundId } from "../keys/found.ts";
import type { Bytes } from "../text/bytes.ts";
import { Constant, nothing } from "../text/bytes.ts";
import type { WriteValue } from "../text/value.ts";
import { columnAt } from "../text/value.ts";

/** One property of the body, or several that go together. */
export type BodyField = PropertyField | FreeField;

/** Writes what it will, commas and names included, or nothing; it may also refuse the row. */
export interface FreeField {
  /** Logical name, for failures. */
  readonly attribute: string;
  readonly write: (batch: RecordBatch) => WriteProperty;
}

export interface PropertyField {
  /** Logical name, for failures. */
  readonly attribute: string;
  /** The JSON name, e.g. `primarycontactid@odata.bind`; where `namesItself`, the one that clears. */
  readonly property: string;
  /** The writer begins with comma and name, which differ from row to row. */
  readonly namesItself?: boolean;
  /** Input columns; the value is null where all of them are. */
  readonly sources: readonly number[];
  /** What a null becomes: `"x":null`, nothing at all, or the row's failure. */
  readonly whenNull: "clear" | "omit" | "refuse";
  /** The writer leaves the quotes of its text out. */
  readonly isUnquoted?: boolean;
  readonly bind: (batch: RecordBatch, found: Found) => WriteValue;
}

/** A text completes "The value for x is …". */
export type WriteProperty = (row: number, out: Bytes) => string | RowFailure | undefined;

const NULL_REQUIRED = "null, but the service requires it";

export interface BoundProperty {
  /** Logical name, for failures. */
  readonly attribute: string;
  /** Before a value: comma, name and colon, and the quote of a text that comes without. */
  readonly opening: Constant;
  /** Such a text's other quote is to follow. */
  readonly isUnquoted: boolean;
  /** In place of a null. */
  readonly cleared: Constant;
  /** What is wrong with a null. */
  readonly flaw: string | undefined;
  /** A bit for each row that has a value; undefined: each row has. */
  readonly present: Uint8Array | undefined;
  /** Of `present` those of the 32 rows at hand: fetched for each row they would cost as much as a short value. */
  bits: number;
  readonly write: WriteProperty;
}

export type BindProperty = (batch: RecordBatch, found: Found) => BoundProperty;

export function propertyBinder(field: BodyField): BindProperty {
  if ("write" in field) return freeBinder(field);
  const { attribute, isUnquoted = false } = field;
  const opening = new Constant(field.namesItself === true ? "" : `,"${field.property}":${isUnquoted ? '"' : ""}`);
  // A lookup is cleared by the bare name of its navigation property: `@odata.bind` must have a text.
  const property = field.property.replace("@odata.bind", "");
  const cleared = new Constant(field.whenNull === "clear" ? `,"${property}":null` : "");
  const flaw = field.whenNull === "refuse" ? NULL_REQUIRED : undefined;
  return (batch, found) => {
    const write = bindFound(field.bind(batch, found), found.references.get(attribute));
    const present = presenceOf(field.sources.map((source) => columnAt(batch, source)));
    return { attribute, opening, isUnquoted, cleared, flaw, present, bits: -1, write };
  };
}

function freeBinder({ attribute, write }: FreeField): BindProperty {
  const bare = {
    attribute,
    opening: nothing,
    isUnquoted: false,
    cleared: nothing,
    flaw: undefined,
    present: undefined,
  };
  return (batch) => ({ ...bare, bits: -1, write: write(batch) });
}

/** What was looked for and not found fails its row. */
function bindFound(write: WriteValue, found: readonly (FoundId | undefined)[] | undefined): WriteProperty {
  if (found === undefined) return write;
  return (row, out) => {
    const reference = found[row];
    return typeof reference === "object" ? reference : write(row, out);
  };
}

function presenceOf(columns: readonly Column[]): Uint8Array | undefined {
  const [first] = columns;
  if (columns.some((column) => column.validity === undefined && column.field.type.kind !== "null")) return undefined;
  if (columns.length === 1 && first?.validity !== undefined) return first.validity;
  const present = new Uint8Array(Math.ceil((first?.rows ?? 0) / 8));
  for (const { validity } of columns) {
    if (validity === undefined) continue;
    for (let i = 0; i < present.length; i++) present[i] = (present[i] ?? 0) | (validity[i] ?? 0);
  }
  return present;
}

/** Comes before the first row of each 32. @param word how many 32 rows there are before them. */
export function fetchPresence(properties: readonly BoundProperty[], word: number): void {
  for (const property of properties) {
    const { present } = property;
    let bits = present === undefined ? -1 : 0;
    for (let i = 3; i >= 0 && present !== undefined; i--) bits = (bits << 8) | (present[4 * word + i] ?? 0);
    property.bits = bits;
  }
}

/** Appends the property of a row among the 32 at hand; what a flaw leaves behind is the caller's to truncate. */
export function writeProperty(property: BoundProperty, row: number, out: Bytes): ReturnType<WriteProperty> {
  const { write } = property;
  const isPresent = ((property.bits >> (row & 31)) & 1) === 1;
  out.constant(isPresent ? property.opening : property.cleared);
  if (!isPresent) return property.flaw;
  const flaw = write(row, out);
  if (property.isUnquoted) out.byte(0x22);
  return flaw;
}
