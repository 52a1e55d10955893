/** One row to one operation of a request. A row that cannot be sent leaves no byte behind, and its failure holds no value. */
import type { Column, RecordBatch } from "../arrow/columns.ts";
import type { RowFailure } from "../core/outcome.ts";
import type { Flaw, KeyPart, WriteAddress } from "./address.ts";
import { bindAddress, bindBareKey, bindFolded, bindProperties } from "./address.ts";
import { Bytes, Constant } from "./bytes.ts";
import type { FileContent } from "./file-column.ts";
import type { Found, FoundId } from "./found.ts";
import { nothingFound } from "./found.ts";
import { hashBytes } from "./keys.ts";
import type { WriteValue } from "./value.ts";
import { columnAt, ROW_BYTES_MAX, TOO_LARGE } from "./value.ts";
import type { Frame } from "./way.ts";

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
  readonly bind: (batch: RecordBatch, found: Found) => WriteValue;
}

/** All of an operation that does not depend on the row, and how the rest is made. */
export interface RowPlan {
  readonly frame: Frame;
  /** In the address; empty for INSERT. */
  readonly key: readonly KeyPart[];
  readonly keyIsPrimary: boolean;
  /** The address is the id that comes with each row, whatever the key. */
  readonly byId?: boolean;
  /** What tells rows apart: the key, or the mapped primary key of an INSERT; empty where ids are minted. */
  readonly identity: readonly KeyPart[];
  /** Property that takes the minted id. */
  readonly mintedProperty: string | undefined;
  /** The version that the row must have, written into the part's headers; undefined: any. */
  readonly version?: ((batch: RecordBatch) => WriteAddress) | undefined;
  /** undefined: an operation without a body. */
  readonly fields: readonly BodyField[] | undefined;
}

export interface RowEncoder {
  /** Cheap; called when rows of another record batch follow. */
  bind(batch: RecordBatch, found?: Found): void;
  /** 53-bit hash of the folded key, or of the id; -1: the row's key is flawed and it will fail in `encode`. */
  foldedKey(row: number, id: string | undefined): number;
  /** The step after `step` that has something to do for the row; undefined: there is none. */
  stepAfter(row: number, step: number): number | undefined;
  /** Appends one complete operation, frame included. On failure `out` is as before. */
  encode(row: number, step: number, id: string | undefined, out: Bytes): RowFailure | undefined;
  /** What is sent beside the operation of a step that is a request of its own; undefined for any other step. */
  file?(row: number, step: number): FileContent | undefined;
}

/** A text completes "The value for x is …". */
export type WriteProperty = (row: number, out: Bytes) => string | RowFailure | undefined;

const NULL_REQUIRED = "null, but the service requires it";

export class OperationEncoder implements RowEncoder {
  private readonly plan: RowPlan;
  private readonly fields: readonly BindProperty[];
  private readonly minted: Constant;
  private readonly folded = new Bytes(256);
  private address: WriteAddress = unbound;
  private id: string | undefined;
  private identity: WriteAddress = unbound;
  /** Of the record batch whose rows are not encoded yet: one of two ways is often only asked for keys. */
  private pending: { readonly batch: RecordBatch; readonly found: Found } | undefined;
  private version: WriteAddress | undefined;
  private properties: readonly WriteProperty[] = [];

  constructor(plan: RowPlan) {
    this.plan = plan;
    this.fields = (plan.fields ?? []).map(binderOf);
    this.minted = new Constant(`,"${plan.mintedProperty}":"`);
  }

  bind(batch: RecordBatch, found: Found = nothingFound): void {
    this.identity = bindFolded(this.plan.identity, batch);
    this.pending = { batch, found };
  }

  private bindOperation(batch: RecordBatch, found: Found): void {
    const { key, keyIsPrimary, frame, byId = false } = this.plan;
    this.pending = undefined;
    if (byId) this.address = (_row, out) => this.writeId(out);
    else if (key.length === 0) this.address = () => undefined;
    else if (frame.address === "bare") this.address = bindBareKey(key, batch);
    else if (frame.address === "properties") this.address = bindProperties(key, batch);
    else this.address = bindAddress(key, keyIsPrimary, batch);
    this.version = this.plan.version?.(batch);
    this.properties = this.fields.map((bind) => bind(batch, found));
  }

  foldedKey(row: number, id: string | undefined): number {
    const { folded } = this;
    folded.truncate(0);
    if (this.plan.identity.length === 0) {
      folded.byte(0);
      folded.ascii((id ?? "").toLowerCase());
    } else if (this.identity(row, folded) !== undefined) return -1;
    return hashBytes(folded.buffer, 0, folded.length);
  }

  stepAfter(): undefined {
    return undefined;
  }

  encode(row: number, _step: number, id: string | undefined, out: Bytes): RowFailure | undefined {
    if (this.pending !== undefined) this.bindOperation(this.pending.batch, this.pending.found);
    const start = out.length;
    const { frame, fields } = this.plan;
    this.id = id;
    out.raw(frame.head);
    let flaw: Flaw | RowFailure | undefined = this.address(row, out);
    if (flaw === undefined) {
      out.raw(frame.tail);
      flaw = this.version?.(row, out);
    }
    if (flaw === undefined) {
      flaw = fields === undefined ? undefined : this.writeBody(row, id, out);
      out.raw(frame.close);
    }
    if (flaw === undefined && out.length - start <= ROW_BYTES_MAX) return undefined;
    out.truncate(start);
    return flaw === undefined ? tooLarge() : failureFrom(flaw);
  }

  private writeId(out: Bytes): undefined {
    const { id = "" } = this;
    out.ascii(this.plan.frame.address === "brackets" ? `(${id})` : id);
  }

  private writeBody(row: number, id: string | undefined, out: Bytes): Flaw | RowFailure | undefined {
    const { plan, properties } = this;
    const start = out.length;
    if (plan.mintedProperty !== undefined) {
      if (id === undefined) throw new RangeError("an INSERT that mints its ids needs the id of each row");
      out.constant(this.minted);
      out.ascii(id);
      out.byte(0x22);
    }
    for (let i = 0; i < properties.length; i++) {
      const is = properties[i]?.(row, out);
      if (is !== undefined) return typeof is === "string" ? { column: plan.fields?.[i]?.attribute ?? "", is } : is;
      if (out.length - start > ROW_BYTES_MAX) return { column: "", is: TOO_LARGE };
    }
    // Each property brought its comma: where the frame opened no object, the first one becomes the brace.
    if (plan.frame.opensObject) return undefined;
    if (out.length === start) out.byte(0x7b);
    else out.buffer[start] = 0x7b;
    return undefined;
  }
}

function unbound(): Flaw {
  throw new RangeError("bind comes before the rows of a record batch");
}

type BindProperty = (batch: RecordBatch, found: Found) => WriteProperty;

function binderOf(field: BodyField): BindProperty {
  return "write" in field ? field.write : propertyBinder(field);
}

function propertyBinder(field: PropertyField): BindProperty {
  const name = new Constant(field.namesItself === true ? "" : `,"${field.property}":`);
  // A lookup is cleared by the bare name of its navigation property: `@odata.bind` must have a text.
  const property = field.property.replace("@odata.bind", "");
  const cleared = new Constant(field.whenNull === "clear" ? `,"${property}":null` : "");
  const flaw = field.whenNull === "refuse" ? NULL_REQUIRED : undefined;
  return (batch, found) => {
    const write = bindFound(field.bind(batch, found), found.references.get(field.attribute));
    const present = presenceOf(field.sources.map((source) => columnAt(batch, source)));
    return (row, out) => {
      if (present !== undefined && (((present[row >> 3] ?? 0) >> (row & 7)) & 1) === 0) {
        out.constant(cleared);
        return flaw;
      }
      out.constant(name);
      return write(row, out);
    };
  };
}

/** What was looked for and not found fails its row. */
function bindFound(write: WriteValue, found: readonly (FoundId | undefined)[] | undefined): WriteProperty {
  if (found === undefined) return write;
  return (row, out) => {
    const reference = found[row];
    return typeof reference === "object" ? reference : write(row, out);
  };
}

/** A bit for each row that has a value in any of the columns; undefined: each row has. */
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

function failureFrom(flaw: Flaw | RowFailure): RowFailure {
  if ("code" in flaw) return flaw;
  return flaw.is === TOO_LARGE ? tooLarge() : notMappable(flaw);
}

/** Why a value cannot be sent. */
export function notMappable(flaw: Flaw): RowFailure {
  return {
    code: "value_not_mappable",
    column: flaw.column,
    message: `The value for ${flaw.column} is ${flaw.is}.`,
    retryable: false,
  };
}

function tooLarge(): RowFailure {
  return {
    code: "row_too_large",
    message: `The row is larger than ${ROW_BYTES_MAX} bytes when encoded, the most that is sent for one row.`,
    retryable: false,
  };
}
