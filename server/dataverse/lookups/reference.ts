/** The row that a lookup leads to, as the URL that `@odata.bind` takes: by its key, or by the id that was found for it. */
import type { RecordBatch } from "../../arrow/columns.ts";
import { bindAddress } from "../keys/address.ts";
import type { Found, FoundId } from "../keys/found.ts";
import type { Bytes } from "../text/bytes.ts";
import type { WriteValue } from "../text/value.ts";
import { columnAt } from "../text/value.ts";
import { bindTableNames } from "./companion-table.ts";
import type { LookupTarget, ResolvedLookup } from "./lookup-context.ts";

type Ids = readonly (FoundId | undefined)[];

/** Writes the value; where each row names its own table, comma and name of the property too. */
export function bindReferences(lookup: Omit<ResolvedLookup, "bind">, batch: RecordBatch, found: Found): WriteValue {
  const { attribute, targets, tableFrom } = lookup;
  const ids = found.references.get(attribute.logicalName);
  const writes = targets.map((target) => bindReference(target, batch, ids));
  if (tableFrom === undefined) return (row, out) => writes[0]?.(row, out);
  const tableOf = bindTableNames(targets, columnAt(batch, tableFrom));
  const properties = targets.map(({ property }, index) => named(property, writes[index]));
  return (row, out) => {
    const at = tableOf(row);
    return typeof at === "string" ? at : properties[at]?.(row, out);
  };
}

function named(property: string, write: WriteValue | undefined): WriteValue {
  const name = Buffer.from(`,"${property}":`);
  return (row, out) => {
    out.raw(name);
    return write?.(row, out);
  };
}

function bindReference({ table, parts, kind }: LookupTarget, batch: RecordBatch, ids: Ids | undefined): WriteValue {
  const opening = Buffer.from(`"/${table.entitySetName}`);
  const byId = bindId(ids);
  if (kind === "business") {
    return (row, out) => {
      out.raw(opening);
      if (!byId(row, out)) throw new RangeError("a row that is named by values was not looked for");
      return undefined;
    };
  }
  const address = bindAddress(parts, kind === "primary", batch);
  return (row, out) => {
    out.raw(opening);
    if (byId(row, out)) return undefined;
    const flaw = address(row, out);
    out.byte(0x22);
    return flaw === undefined ? undefined : `a reference to ${table.logicalName} whose ${flaw.column} is ${flaw.is}`;
  };
}

/** False where the row's id was not looked for. */
function bindId(ids: Ids | undefined): (row: number, out: Bytes) => boolean {
  if (ids === undefined) return () => false;
  return (row, out) => {
    const id = ids[row];
    if (typeof id !== "string") return false;
    out.byte(0x28);
    out.ascii(id);
    out.byte(0x29);
    out.byte(0x22);
    return true;
  };
}
