import { RecordBatchReader } from "apache-arrow";
import type { Arbitrary } from "fast-check";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../../server/arrow/columns.ts";
import { StreamDecoder } from "../../../server/arrow/decode.ts";
import { outcomeMessages, outcomeSchema } from "../../../server/arrow/outcome-rows.ts";
import { encapsulated, schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { batchValues, valuesOf } from "../../support/column-values.ts";
import {
  binary,
  bool,
  date32,
  decimal128,
  fixedBinary,
  int,
  int32,
  list,
  recordBatch,
  schemaOf,
  text,
  timestamp,
} from "../../support/columns.ts";

type Make = (name: string, rows: number) => Arbitrary<Column>;

function of<T>(value: Arbitrary<T>, make: (name: string, rows: readonly (T | null)[]) => Column): Make {
  return (name, rows) =>
    fc.array(fc.option(value, { nil: null }), { minLength: rows, maxLength: rows }).map((values) => make(name, values));
}

const large = { large: true };
const unicode = fc.string({ unit: "grapheme" });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const days = fc.integer({ min: -719_162, max: 2_932_896 });
const makers: readonly Make[] = [
  of(fc.boolean(), bool),
  of(fc.integer({ min: -128, max: 127 }), (name, rows) => int(name, rows, { bits: 8 })),
  of(int64, (name, rows) => int(name, rows, { bits: 64 })),
  of(unicode, (name, rows) => text(name, rows)),
  of(unicode, (name, rows) => text(name, rows, large)),
  of(fc.uint8Array(), (name, rows) => binary(name, rows)),
  of(fc.uint8Array(), (name, rows) => binary(name, rows, large)),
  of(fc.uint8Array({ minLength: 5, maxLength: 5 }), (name, rows) => fixedBinary(name, rows, 5)),
  of(int64, (name, rows) =>
    decimal128(
      name,
      rows.map((row) => row?.toString() ?? null),
      { precision: 19, scale: 0 },
    ),
  ),
  of(int64, (name, rows) => timestamp(name, rows)),
  of(days, date32),
  of(fc.array(fc.integer()), (name, rows) => list(name, rows, (items) => int32("item", items))),
  of(fc.array(fc.option(unicode, { nil: null })), (name, rows) => list(name, rows, (items) => text("item", items))),
];

const case_ = fc
  .record({
    rows: fc.integer({ min: 0, max: 40 }),
    makes: fc.array(fc.constantFrom(...makers), { minLength: 1, maxLength: 6 }),
    pick: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 40 }),
  })
  .chain(({ rows, makes, pick }) => {
    const columns = makes.map((make, i) => make(`c${i}`, rows));
    const picks = rows === 0 ? [] : pick.map((one) => one % rows);
    return fc.record(Object.fromEntries(columns.map((column, i) => [`c${i}`, column]))).map((made) => ({
      batch: recordBatch(...Object.values(made)),
      picks,
    }));
  });

const outcome = { kind: "created", attempts: 1, settledAt: 0 } as const;

describe("outcome rows of any schema", () => {
  it("are the picked rows, as our decoder reads them", () => {
    fc.assert(
      fc.property(case_, ({ batch, picks }) => {
        const decoder = new StreamDecoder();
        decoder.read(schemaHeader(outcomeSchema(schemaOf(batch))), new Uint8Array(0));
        const settled = picks.map((row) => ({ row, streamRow: row, outcome }));
        const arrivals = outcomeMessages(batch, settled).map(({ header, body }) => decoder.read(header, body));
        const read = arrivals.flatMap((arrival) =>
          arrival.kind === "record_batch" ? [batchValues(arrival.batch)] : [],
        );
        for (const column of batch.columns) {
          const values = valuesOf(column);
          expect(read.flatMap((one) => one[column.field.name])).toEqual(picks.map((row) => values[row]));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("are as many rows and nulls to another library", () => {
    fc.assert(
      fc.property(case_, ({ batch, picks }) => {
        const settled = picks.map((row) => ({ row, streamRow: row, outcome }));
        const parts = outcomeMessages(batch, settled).flatMap(({ header, body }) => [
          new Uint8Array(Int32Array.of(-1, header.byteLength).buffer),
          header,
          body,
        ]);
        const stream = Buffer.concat([encapsulated(outcomeSchema(schemaOf(batch))), ...parts]);
        const batches = [...RecordBatchReader.from(stream)].filter(({ numRows }) => numRows > 0);
        for (const column of batch.columns) {
          const values = valuesOf(column);
          // Not its getters: they throw for timestamps past 2^53 microseconds.
          const nulls = batches.flatMap((one) => {
            const vector = one.getChild(column.field.name);
            return Array.from({ length: one.numRows }, (_, row) => vector?.isValid(row) === false);
          });
          expect(nulls).toEqual(picks.map((row) => values[row] === null));
        }
      }),
      { numRuns: 100 },
    );
  });
});
