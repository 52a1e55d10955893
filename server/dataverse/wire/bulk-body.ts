/** The request of a bulk message: CreateMultiple and its like, bound to the table's entity set. */

import type { Table } from "../metadata/tables.ts";
import type { Mode } from "../request.ts";

/** Before the targets; the first target's comma becomes the bracket that opens the array. */
export const targetsOpening: Buffer = Buffer.from('{"Targets":');
export const targetsClosing: Buffer = Buffer.from("]}");

const bracket = 0x5b;
const comma = 0x2c;

/**
 * With the annotations an elastic table tells which rows failed; a standard table then names the columns of a duplicate key.
 */
export const bulkHeaders: Readonly<Record<string, string>> = {
  "Content-Type": "application/json",
  Prefer: 'odata.include-annotations="*"',
  Accept: "application/json",
  "OData-MaxVersion": "4.0",
  "OData-Version": "4.0",
};

export const bulkMessages: Readonly<Record<Mode, string>> = {
  INSERT: "CreateMultiple",
  UPDATE: "UpdateMultiple",
  UPSERT: "UpsertMultiple",
  DELETE: "DeleteMultiple",
};

/** Relative to the service root. */
export function bulkPath(mode: Mode, table: Table): string {
  return `${table.entitySetName}/Microsoft.Dynamics.CRM.${bulkMessages[mode]}`;
}

/** Whether a request goes to a bulk message, whatever the table. */
export function isBulkPath(path: string): boolean {
  return /\/Microsoft\.Dynamics\.CRM\.\w+Multiple$/.test(path);
}

/** Targets as one body: one copy, exact size. */
export function assembleTargets(targets: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([targetsOpening, ...targets, targetsClosing]);
  let at = targetsOpening.length;
  for (const [index, target] of targets.entries()) {
    body[at] = index === 0 ? bracket : comma;
    at += target.length;
  }
  return body;
}

/** Makes the array's bracket of the first target's comma, in a body that was encoded in one go. */
export function openTargets(body: Uint8Array): void {
  body[targetsOpening.length] = bracket;
}
