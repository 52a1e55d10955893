/** `(key)` after an entity set's name: of the row itself, and of the row that a lookup points to. */
import type { RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Bytes } from "../text/bytes.ts";
import { Constant, nothing } from "../text/bytes.ts";
import type { BindColumn, Codec } from "../text/value.ts";

export interface KeyPart {
  readonly attribute: Attribute;
  /** Index of the input column. */
  readonly source: number;
  readonly codec: Codec;
}

/** What is wrong with a value, and whose it is. */
export interface Flaw {
  readonly column: string;
  /** Completes "The value for x is …". */
  readonly is: string;
}

export type WriteAddress = (row: number, out: Bytes) => Flaw | undefined;

export const NULL_PART = "null, but a key part must have a value: it would name no row";

/** @param primary the one part is the table's primary key, which stands without its name. */
export function bindAddress(parts: readonly KeyPart[], primary: boolean, batch: RecordBatch): WriteAddress {
  const writes = parts.map((part, index) => {
    const opening = index === 0 ? "(" : ",";
    const name = new Constant(primary ? opening : `${opening}${keyName(part.attribute)}=`);
    return bindPart(part, part.codec.literal, { name, batch });
  });
  const all = inTurn(writes);
  return (row, out) => {
    const flaw = all(row, out);
    out.byte(0x29);
    return flaw;
  };
}

/** A key of one part without brackets and name, as it stands in a property. */
export function bindBareKey(parts: readonly KeyPart[], batch: RecordBatch): WriteAddress {
  const [part] = parts;
  if (part === undefined || parts.length > 1) throw new RangeError("a bare key has one part");
  return bindPart(part, part.codec.literal, { name: nothing, batch });
}

/**
 * The parts as properties of a JSON object that is open. What an address cannot hold is refused here too: the row may have to go
 * that way, or be read there.
 */
export function bindProperties(parts: readonly KeyPart[], batch: RecordBatch): WriteAddress {
  const writes = parts.map((part) => {
    const name = new Constant(`,"${part.attribute.logicalName}":`);
    const address = bindPart(part, part.codec.literal, { name: nothing, batch });
    const property = bindPart(part, part.codec.json, { name, batch });
    return (row: number, out: Bytes): Flaw | undefined => {
      const start = out.length;
      const flaw = address(row, out);
      out.truncate(start);
      return flaw ?? property(row, out);
    };
  });
  return inTurn(writes);
}

/** The folded parts, told apart by a character that no text can hold. */
export function bindFolded(parts: readonly KeyPart[], batch: RecordBatch): WriteAddress {
  const name = new Constant("\0");
  return inTurn(parts.map((part) => bindPart(part, part.codec.folded, { name, batch })));
}

function inTurn(writes: readonly WriteAddress[]): WriteAddress {
  const [only] = writes;
  if (only !== undefined && writes.length === 1) return only;
  return (row, out) => {
    for (const write of writes) {
      const flaw = write(row, out);
      if (flaw !== undefined) return flaw;
    }
    return undefined;
  };
}

/** Key columns that are lookups are named by the property that holds their GUID. */
function keyName(attribute: Attribute): string {
  const { kind, logicalName } = attribute;
  return kind === "lookup" || kind === "customer" || kind === "owner" ? `_${logicalName}_value` : logicalName;
}

function bindPart(
  part: KeyPart,
  bind: BindColumn,
  place: { readonly name: Constant; readonly batch: RecordBatch },
): WriteAddress {
  const column = place.batch.columns[part.source];
  if (column === undefined) throw new RangeError(`no column ${part.source} in the record batch`);
  const write = bind(column);
  const { logicalName } = part.attribute;
  // Asked once: most keys have no nulls.
  const mayBeNull = column.validity !== undefined || column.field.type.kind === "null";
  return (row, out) => {
    if (mayBeNull && isNull(column, row)) return { column: logicalName, is: NULL_PART };
    out.constant(place.name);
    const is = write(row, out);
    return is === undefined ? undefined : { column: logicalName, is };
  };
}
