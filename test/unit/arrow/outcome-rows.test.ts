import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../../server/arrow/columns.ts";
import { describe as describeType } from "../../../server/arrow/describe.ts";
import type { OutcomeRow } from "../../../server/arrow/outcome-rows.ts";
import { outcomeColumns, outcomeMessages, outcomeSchema } from "../../../server/arrow/outcome-rows.ts";
import { schemaHeader } from "../../../server/arrow/schema-writer.ts";
import type { RowOutcome } from "../../../server/core/outcome.ts";
import { batchValues } from "../../support/column-values.ts";
import { int32, recordBatch, schemaOf, text } from "../../support/columns.ts";
import { codeOf, readAfter, readSchema } from "../../support/messages.ts";

const batch = recordBatch(int32("n", [1, null, 3]), text("s", ["a", "b", null]));
const created: RowOutcome = {
  kind: "created",
  id: "0-1",
  attempts: 1,
  httpStatus: 204,
  requestId: "r1",
  settledAt: 1000.75,
};
const failed: RowOutcome = {
  kind: "failed",
  attempts: 3,
  settledAt: 2000,
  failure: {
    code: "row_rejected",
    column: "creditlimit",
    message: "Too small.",
    serviceCode: "0x80040237",
    httpStatus: 400,
    requestId: "r2",
    retryable: false,
  },
};

function answered(one: RecordBatch, settled: readonly OutcomeRow[]): Record<string, unknown[]>[] {
  const { fields } = outcomeSchema(schemaOf(one));
  return outcomeMessages(one, settled).map((message) => {
    const arrival = readAfter(fields, message);
    return arrival.kind === "record_batch" ? batchValues(arrival.batch) : {};
  });
}

describe("the outcome schema", () => {
  it("has the outcome columns in the order and types that clients rely on", () => {
    const named = readSchema(schemaHeader(outcomeSchema(undefined))).fields.map(({ name, type }) => [
      name,
      describeType(type),
    ]);
    expect(named).toEqual([
      ["_dv_outcome", "string"],
      ["_dv_row", "int64"],
      ["_dv_id", "string"],
      ["_dv_error_code", "string"],
      ["_dv_error_column", "string"],
      ["_dv_error_message", "string"],
      ["_dv_service_code", "string"],
      ["_dv_http_status", "int16"],
      ["_dv_retryable", "bool"],
      ["_dv_attempts", "int16"],
      ["_dv_request_id", "string"],
      ["_dv_settled_at", "timestamp[us, tz=UTC]"],
    ]);
  });

  it("makes every column nullable, the input's too", () => {
    const [field] = schemaOf(batch).fields;
    const schema = outcomeSchema({ fields: field === undefined ? [] : [{ ...field, nullable: false }] });
    expect(schema.fields.map(({ nullable }) => nullable)).toEqual(Array.from({ length: 13 }, () => true));
  });

  it.each(["_dv_row", "_DV_Row", "_dv_id_2"])("refuses the input column %s", (name) => {
    expect(() => outcomeSchema(schemaOf(recordBatch(int32(name, []))))).toThrow(
      expect.objectContaining({ code: "schema_mismatch", remedy: "Drop or rename it." }),
    );
  });

  it("takes an input column that only resembles it", () => {
    expect(codeOf(() => outcomeSchema(schemaOf(recordBatch(int32("_dv_run_id", [])))))).toBeUndefined();
  });
});

describe("outcome rows", () => {
  it("carry the input as sent, in the order settled, and what became of each row", () => {
    const settled = [
      { row: 2, streamRow: 12, outcome: failed },
      { row: 0, streamRow: 10, outcome: created },
    ];
    expect(answered(batch, settled)).toEqual([
      {
        n: ["3", "1"],
        s: [null, "a"],
        _dv_outcome: ["failed", "created"],
        _dv_row: ["12", "10"],
        _dv_id: [null, "0-1"],
        _dv_error_code: ["row_rejected", null],
        _dv_error_column: ["creditlimit", null],
        _dv_error_message: ["Too small.", null],
        _dv_service_code: ["0x80040237", null],
        _dv_http_status: ["400", "204"],
        _dv_retryable: [false, null],
        _dv_attempts: ["3", "1"],
        _dv_request_id: ["r2", "r1"],
        _dv_settled_at: ["2000000", "1000000"],
      },
    ]);
  });

  it("leave no message where none settled", () => {
    expect(outcomeMessages(batch, [])).toEqual([]);
  });

  it("come in messages of bounded size", () => {
    const many = Array.from({ length: 10_001 }, (_, row) => row);
    const settled = many.map((row) => ({ row, streamRow: row, outcome: created }));
    const rows = answered(recordBatch(int32("n", many)), settled).map(({ n }) => n?.length);
    expect(rows).toEqual([10_000, 1]);
  });

  it("keep what a 16-bit column cannot hold at its greatest value", () => {
    const settled = [{ row: 0, streamRow: 0, outcome: { ...created, attempts: 100_000 } }];
    expect(answered(batch, settled)[0]?.["_dv_attempts"]).toEqual(["32767"]);
  });

  it("name their columns", () => {
    expect(outcomeColumns).toHaveLength(12);
  });
});
