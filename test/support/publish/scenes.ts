/** A table with a key, mappings onto it, and operations as the batcher makes them. */

import type { Column, RecordBatch } from "../../../server/arrow/columns.ts";
import { Guid } from "../../../server/core/guid.ts";
import { nothingFound } from "../../../server/dataverse/keys/found.ts";
import type { Mapping } from "../../../server/dataverse/mapping/mapping.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { Bytes } from "../../../server/dataverse/text/bytes.ts";
import type { Operation, Shape } from "../../../server/publish/rows/batch.ts";
import { operationsMax, unsent } from "../../../server/publish/rows/batch.ts";
import type { Slab } from "../../../server/publish/rows/ledger.ts";
import { Ledger } from "../../../server/publish/rows/ledger.ts";
import { recordBatch, text } from "../columns.ts";
import { attribute, mappingOf, optionsOf, tableOf } from "../dataverse/tables.ts";

const byNumber = { logicalName: "by_number", attributes: ["accountnumber"], active: true, indexStatus: "Active" };

/** Accounts by number, with a name of at most 20 characters. */
export const accounts = tableOf(
  [attribute("accountnumber", "text", { maxLength: 20 }), attribute("name", "text", { maxLength: 20 })],
  { keys: [byNumber] },
);

/** Accounts by number whose state is a step of its own. */
export const accountsWithState = tableOf(
  [
    attribute("accountnumber", "text"),
    attribute("statecode", "state", { validForCreate: false, options: optionsOf({ 0: "Active", 1: "Inactive" }) }),
  ],
  { keys: [byNumber] },
);

export type Account = readonly [number: string | null, name: string | null];

export const byNumberRequest: Partial<PublishRequest> = { mode: "UPSERT", matchOn: ["accountnumber"] };
export const insertRequest: Partial<PublishRequest> = { mode: "INSERT", rowKey: ["accountnumber"] };

export function accountBatch(rows: readonly Account[]): RecordBatch {
  return recordBatch(...accountColumns(rows));
}

function accountColumns(rows: readonly Account[]): readonly Column[] {
  return [
    text(
      "accountnumber",
      rows.map(([number]) => number),
    ),
    text(
      "name",
      rows.map(([, name]) => name),
    ),
  ];
}

export function accountMapping(request: Partial<PublishRequest>): Mapping {
  return mappingOf({ columns: accountColumns([]), table: accounts, request });
}

export function slabOf(batch: RecordBatch): Slab {
  return {
    batch,
    found: nothingFound,
    first: 0,
    weight: Ledger.weight(batch),
    settled: new Uint8Array(batch.rows),
    left: batch.rows,
    waiting: [],
    waitingBytes: 0,
    delivering: 0,
  };
}

/** The id of row n in tests that do not mint. */
export function testId(row: number): string {
  return `00000000-0000-8000-8000-${row.toString(16).padStart(12, "0")}`;
}

/** A row's first step, encoded as `part`; nothing of it was sent, and its key is nobody's but its own. */
export function operationOf(slab: Slab, row: number, part: Uint8Array = unsent): Operation {
  return {
    slab,
    row,
    step: 0,
    id: undefined,
    key: -1,
    bytes: part,
    start: 0,
    end: part.length,
    way: "batch",
    attempts: 0,
    uncertainAt: 0,
  };
}

/** Operations of so many accounts: A0, A1, …, all by the name "x". */
export function numberedOperations(mapping: Mapping, rows: number): readonly Operation[] {
  return operationsOf(
    mapping,
    Array.from({ length: rows }, (_, i) => [`A${i}`, "x"] as const),
  );
}

/** An operation a row, encoded. */
export function operationsOf(mapping: Mapping, rows: readonly Account[]): readonly Operation[] {
  const batch = accountBatch(rows);
  const slab = slabOf(batch);
  const encoder = mapping.encoder("batch");
  encoder.bind(batch);
  return rows.map((_, row) => {
    const id = mapping.mintsIds ? Guid.of(testId(row)) : undefined;
    const out = new Bytes(64);
    const failure = encoder.encode(row, 0, id, out);
    if (failure !== undefined) throw new Error(failure.message);
    return { ...operationOf(slab, row, out.view(0, out.length)), id, key: row };
  });
}

/** A hundred parts of a `$batch`. */
export const hundred: Shape = { way: "batch", size: operationsMax };
