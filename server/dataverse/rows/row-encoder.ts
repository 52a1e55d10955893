/** One row to one operation of a request. A row that cannot be sent leaves no byte behind, and its failure holds no value. */
import type { RecordBatch } from "../../arrow/columns.ts";
import type { Guid } from "../../core/guid.ts";
import { guidLength } from "../../core/guid.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Flaw, KeyPart, WriteAddress } from "../keys/address.ts";
import { bindAddress, bindBareKey, bindFolded, bindProperties } from "../keys/address.ts";
import type { Found } from "../keys/found.ts";
import { nothingFound } from "../keys/found.ts";
import { hashBytes } from "../keys/hash.ts";
import { Bytes, Constant } from "../text/bytes.ts";
import { ROW_BYTES_MAX, TOO_LARGE } from "../text/value.ts";
import type { Frame } from "../wire/way.ts";
import type { BindProperty, BodyField, BoundProperty } from "./body-property.ts";
import { fetchPresence, propertyBinder, writeProperty } from "./body-property.ts";
import type { FileContent } from "./file-column.ts";

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
  /** 53-bit hash of the folded key, or of the id, in lower case; -1: the row's key is flawed and it will fail in `encode`. */
  foldedKey(row: number, id: Guid | undefined): number;
  /** The step after `step` that has something to do for the row; undefined: there is none. */
  stepAfter(row: number, step: number): number | undefined;
  /** Appends one complete operation, frame included. On failure `out` is as before. */
  encode(row: number, step: number, id: Guid | undefined, out: Bytes): RowFailure | undefined;
  /** What is sent beside the operation of a step that is a request of its own; undefined for any other step. */
  file?(row: number, step: number): FileContent | undefined;
}

export class OperationEncoder implements RowEncoder {
  private readonly plan: RowPlan;
  private readonly fields: readonly BindProperty[];
  private readonly minted: Constant;
  private readonly head: Constant;
  private readonly tail: Constant;
  private readonly close: Constant;
  private readonly folded = new Bytes(256);
  private address: WriteAddress = unbound;
  private id: Guid | undefined;
  private identity: WriteAddress = unbound;
  /** Of the record batch whose rows are not encoded yet: one of two ways is often only asked for keys. */
  private pending: { readonly batch: RecordBatch; readonly found: Found } | undefined;
  private version: WriteAddress | undefined;
  /** Which 32 rows the properties have at hand; -1: none. */
  private word = -1;
  private properties: readonly BoundProperty[] = [];

  constructor(plan: RowPlan) {
    this.plan = plan;
    this.fields = (plan.fields ?? []).map(propertyBinder);
    this.head = new Constant(plan.frame.head);
    this.tail = new Constant(plan.frame.tail);
    this.close = new Constant(plan.frame.close);
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
    this.word = -1;
  }

  foldedKey(row: number, id: Guid | undefined): number {
    const { folded } = this;
    folded.truncate(0);
    if (this.plan.identity.length === 0) {
      folded.byte(0);
      if (id !== undefined) writeGuid(id, folded);
    } else if (this.identity(row, folded) !== undefined) return -1;
    return hashBytes(folded.words, 0, folded.length);
  }

  stepAfter(): undefined {
    return undefined;
  }

  encode(row: number, _step: number, id: Guid | undefined, out: Bytes): RowFailure | undefined {
    if (this.pending !== undefined) this.bindOperation(this.pending.batch, this.pending.found);
    const start = out.length;
    const { fields } = this.plan;
    this.id = id;
    out.constant(this.head);
    let flaw: Flaw | RowFailure | undefined = this.address(row, out);
    if (flaw === undefined) {
      out.constant(this.tail);
      flaw = this.version?.(row, out);
    }
    if (flaw === undefined) {
      flaw = fields === undefined ? undefined : this.writeBody(row, id, out);
      out.constant(this.close);
    }
    if (flaw === undefined && out.length - start <= ROW_BYTES_MAX) return undefined;
    out.truncate(start);
    return flaw === undefined ? tooLarge() : failureFrom(flaw);
  }

  private writeId(out: Bytes): undefined {
    const isBracketed = this.plan.frame.address === "brackets";
    if (isBracketed) out.byte(0x28);
    if (this.id !== undefined) writeGuid(this.id, out);
    if (isBracketed) out.byte(0x29);
  }

  private writeBody(row: number, id: Guid | undefined, out: Bytes): Flaw | RowFailure | undefined {
    const { plan, properties } = this;
    if (row >> 5 !== this.word) {
      this.word = row >> 5;
      fetchPresence(properties, this.word);
    }
    const start = out.length;
    const limit = start + ROW_BYTES_MAX;
    if (plan.mintedProperty !== undefined) {
      if (id === undefined) throw new RangeError("an INSERT that mints its ids needs the id of each row");
      out.constant(this.minted);
      writeGuid(id, out);
      out.byte(0x22);
    }
    for (const property of properties) {
      const is = writeProperty(property, row, out);
      if (is !== undefined) return typeof is === "string" ? { column: property.attribute, is } : is;
      if (out.length > limit) return { column: "", is: TOO_LARGE };
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

function writeGuid(id: Guid, out: Bytes): void {
  out.reserve(guidLength);
  id.write(out.words, out.length);
  out.length += guidLength;
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
