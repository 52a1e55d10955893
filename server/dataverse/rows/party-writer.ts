/** Lists of parties as the objects of a collection: one for each struct, in the order of the list. */

import type { Column, RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Bytes } from "../text/bytes.ts";
import type { WriteValue } from "../text/value.ts";
import { columnAt, ROW_BYTES_MAX, TOO_LARGE } from "../text/value.ts";
import type { FreeField, WriteProperty } from "./body-property.ts";
import type { ResolvedColumn } from "./mapping-context.ts";
import { notMappable } from "./row-encoder.ts";

export interface PartyProperty {
  /** Of the struct's field, and the attribute that it sets. */
  readonly name: string;
  /** Of the struct's field. */
  readonly index: number;
  /** Comma, name and colon; empty where the writer brings them. */
  readonly opening: string;
  /** Binds the structs of a record batch. */
  readonly bind: (parties: RecordBatch) => WriteValue;
}

export interface Party {
  /** One of all parties, or each one's own. */
  readonly role: number | PartyProperty;
  readonly properties: readonly PartyProperty[];
}

const comma = 0x2c;
const bracket = 0x5b;

/** Writes a comma and an object for each party of a row; nothing for null and for an empty list. */
export function bindParties(party: Party, list: Column): WriteValue {
  const [structs] = list.children;
  if (structs === undefined) throw new RangeError("a list has a child");
  const { offsets } = list;
  const write = bindParty(party, structs);
  return (row, out) => {
    const limit = out.length + ROW_BYTES_MAX;
    const end = isNull(list, row) ? 0 : (offsets[row + 1] ?? 0);
    for (let at = offsets[row] ?? 0; at < end; at++) {
      const is = out.length > limit ? TOO_LARGE : write(at, out);
      if (is !== undefined) return is;
    }
    return undefined;
  };
}

/** All lists of a row as one property; none where no list has a party. */
export function partyFields(lists: readonly ResolvedColumn[]): readonly FreeField[] {
  const [first] = lists;
  if (first === undefined) return [];
  const opening = Buffer.from(`,"${first.property}":`);
  const write: FreeField["write"] = (batch) => {
    const writes = lists.map((list) => bindList(list, batch));
    return (row, out) => {
      const start = out.length;
      out.raw(opening);
      const open = out.length;
      for (const one of writes) {
        const flaw = one(row, out);
        if (flaw !== undefined) return flaw;
      }
      if (out.length === open) out.truncate(start);
      else closeList(out, open);
      return undefined;
    };
  };
  return [{ attribute: first.attribute.logicalName, write }];
}

/** What is wrong with a list is told of its own attribute. */
function bindList({ attribute, bind }: ResolvedColumn, batch: RecordBatch): WriteProperty {
  const column = attribute.logicalName;
  const write = bind(batch);
  return (row, out) => {
    const is = write(row, out);
    return is === undefined || is === TOO_LARGE ? is : notMappable({ column, is });
  };
}

/** The comma before the first party becomes the bracket. */
function closeList(out: Bytes, open: number): void {
  out.buffer[open] = bracket;
  out.byte(0x5d);
}

type WriteParty = (at: number, out: Bytes) => string | undefined;

function bindParty({ role, properties }: Party, structs: Column): WriteParty {
  const parties = { rows: structs.rows, bytes: 0, columns: structs.children };
  const opening = Buffer.from(typeof role === "number" ? `{"participationtypemask":${role}` : "{");
  const bound = properties.map((property) => bindProperty(property, parties));
  const names = properties.filter(({ name }) => name === "partyid" || name === "addressused");
  const columns = names.map(({ index }) => columnAt(parties, index));
  const writeRole = typeof role === "number" ? undefined : bindRole(role, parties);
  return (at, out) => {
    if (isNull(structs, at)) return "a list with a party that is null";
    if (columns.every((column) => isNull(column, at))) return "a list with a party without partyid and addressused";
    out.byte(comma);
    out.raw(opening);
    const flaw = writeRole?.(at, out);
    if (flaw !== undefined) return flaw;
    for (const write of bound) {
      const is = write(at, out);
      if (is !== undefined) return is;
    }
    out.byte(0x7d);
    return undefined;
  };
}

function bindRole(role: PartyProperty, parties: RecordBatch): WriteParty {
  const column = columnAt(parties, role.index);
  const name = Buffer.from(role.opening.slice(1));
  const write = role.bind(parties);
  return (at, out) => {
    if (isNull(column, at)) return `a list with a party whose ${role.name} is null`;
    out.raw(name);
    return whose(role, write(at, out));
  };
}

function bindProperty(property: PartyProperty, parties: RecordBatch): WriteParty {
  const column = columnAt(parties, property.index);
  const name = Buffer.from(property.opening);
  const write = property.bind(parties);
  return (at, out) => {
    if (isNull(column, at)) return undefined;
    out.raw(name);
    return whose(property, write(at, out));
  };
}

function whose({ name }: PartyProperty, is: string | undefined): string | undefined {
  return is === undefined || is === TOO_LARGE ? is : `a list with a party whose ${name} is ${is}`;
}
