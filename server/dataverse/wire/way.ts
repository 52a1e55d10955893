/**
 * The two ways in which rows are written: as parts of a `$batch`, each a request of its own, or as targets of a bulk message, which
 * a standard table applies all or none. The operation of a row is the same; what stands around it differs.
 */

import type { Table } from "../metadata/tables.ts";
import type { Mode } from "../request.ts";
import {
  crlf,
  emptyHeader,
  emptyIfMatch,
  jsonHeader,
  jsonIfMatch,
  jsonIfMatchHeader,
  jsonIfNoneMatchHeader,
  partHeader,
  servicePath,
} from "./part.ts";

export type Way = "batch" | "bulk";

/** The bytes around an operation's address and properties. */
export interface Frame {
  /** Up to the address. */
  readonly head: Uint8Array;
  /** How the key stands in the address: `(<parts>)`, the value of a single part alone, or each part as a property. */
  readonly address: "brackets" | "bare" | "properties";
  /** From after the address to before the properties. */
  readonly tail: Uint8Array;
  /** Whether `head` opened the JSON object already, so that every property keeps its comma. */
  readonly opensObject: boolean;
  /** After the last property. */
  readonly close: Uint8Array;
}

/** @param keyIsPrimary the operation is addressed by the primary key; false for INSERT, which has no address. */
export function frameOf(way: Way, mode: Mode, table: Table, keyIsPrimary: boolean): Frame {
  return way === "batch" ? partFrame(mode, table) : targetFrame(mode, table, keyIsPrimary);
}

function partFrame(mode: Mode, table: Table): Frame {
  const head = (method: string): Buffer =>
    Buffer.concat([partHeader, Buffer.from(`${method} ${servicePath}${table.entitySetName}`)]);
  const body = { address: "brackets", opensObject: false, close: Buffer.concat([Buffer.from("}"), crlf]) } as const;
  switch (mode) {
    case "INSERT":
      return { ...body, head: head("POST"), tail: jsonHeader };
    case "UPDATE":
      return { ...body, head: head("PATCH"), tail: jsonIfMatchHeader };
    case "UPSERT":
      return { ...body, head: head("PATCH"), tail: jsonHeader };
    case "DELETE":
      return { ...body, head: head("DELETE"), tail: emptyHeader, close: Buffer.alloc(0) };
  }
}

/** Each target brings the comma before it; the first one's becomes the bracket of the array. */
function targetFrame(mode: Mode, table: Table, keyIsPrimary: boolean): Frame {
  const type = `,{"@odata.type":"Microsoft.Dynamics.CRM.${table.logicalName}"`;
  const body = { opensObject: true, close: Buffer.from("}") } as const;
  if (mode === "INSERT") {
    return { ...body, head: Buffer.from(type), address: "brackets", tail: Buffer.alloc(0) };
  }
  const tail = Buffer.from('"');
  return keyIsPrimary
    ? { ...body, head: Buffer.from(`${type},"${table.primaryId}":"`), address: "bare", tail }
    : { ...body, head: Buffer.from(`${type},"@odata.id":"${table.entitySetName}`), address: "brackets", tail };
}

/** A target of an elastic table whose rows are named by id and partition: both stand among its properties. */
export function withKeyInBody(frame: Frame, mode: Mode, table: Table): Frame {
  if (!frame.opensObject || mode === "INSERT") return frame;
  const { head } = targetFrame("INSERT", table, false);
  return { ...frame, head, address: "properties", tail: Buffer.alloc(0) };
}

/** The part of an upsert that is refused where the row exists. */
export function createOnly(frame: Frame): Frame {
  return frame.opensObject ? frame : { ...frame, tail: jsonIfNoneMatchHeader };
}

/** A part that applies to one version of its row only: the version comes right after the tail, its blank line included. */
export function withVersion(frame: Frame, mode: Mode): Frame {
  return mode === "DELETE" ? { ...frame, tail: emptyIfMatch, close: crlf } : { ...frame, tail: jsonIfMatch };
}
