/** Runs that must stop: what was sent settles and is told, the rest is counted as not sent, and the stream ends OK. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ColumnValues, Report } from "../support/flight-clients.ts";
import { breaches, columnsOf, sampleRows } from "../support/sample-rows.ts";
import { Stack, summaryOf } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const insert = { table: "dv_sample", mode: "INSERT", rowKey: ["dv_name"] };

/** Every n-th row has a negative amount, which metadata forbids. */
function withBadRows(count: number, every: number): readonly ColumnValues[] {
  const names = Array.from({ length: count }, (_, index) => `${index}`);
  return [
    { name: "dv_name", type: "string", values: names },
    {
      name: "dv_cents",
      type: "decimal(19,2)",
      values: names.map((_, index) => (index % every === 0 ? "-1.00" : "1.00")),
    },
  ];
}

function expectSettled(report: Report, received: number): void {
  const summary = summaryOf(report);
  expect(summary.received).toBe(received);
  expect(summary.acknowledged + summary.failed + summary.notSent).toBe(received);
  expect(report.rows).toHaveLength(summary.failed);
}

describe("too many failed rows", () => {
  it("stop a run beyond maxFailedRows, and the failed ones come back", async () => {
    const command = { ...insert, runId: "max failed", maxFailedRows: 10 };
    const report = await stack.publish({ command, columns: withBadRows(5000, 2) });
    expectSettled(report, 5000);
    const { stopped, failed, notSent, acknowledged } = summaryOf(report);
    expect(stopped).toMatchObject({ code: "too_many_failed_rows" });
    expect(failed).toBeGreaterThan(10);
    expect(notSent).toBeGreaterThan(0);
    expect((await stack.emulator.rows("dv_sample")).length).toBe(acknowledged);
  });

  it("do not stop a run at maxFailedRows", async () => {
    const command = { ...insert, runId: "at most", maxFailedRows: 10 };
    const report = await stack.publish({ command, columns: withBadRows(100, 10) });
    expect(summaryOf(report)).toMatchObject({ acknowledged: 90, failed: 10, notSent: 0 });
    expect(summaryOf(report).stopped).toBeUndefined();
  });

  it("stop a run of which nearly every row fails, from 1,000 rows on", async () => {
    const report = await stack.publish({ command: { ...insert, runId: "ratio" }, columns: withBadRows(20_000, 1) });
    expectSettled(report, 20_000);
    expect(summaryOf(report).stopped).toMatchObject({ code: "too_many_failed_rows" });
    expect(summaryOf(report).notSent).toBeGreaterThan(0);
  });

  it("do not stop a run whose ratio was switched off", async () => {
    const command = { ...insert, runId: "no ratio", maxFailedRatio: 1 };
    const report = await stack.publish({ command, columns: withBadRows(3000, 1) });
    expect(summaryOf(report)).toMatchObject({ failed: 3000, notSent: 0 });
  });
});

describe("403", () => {
  const byBatch = { ...insert, strategy: "BATCH" };

  it("on a request stops the run", async () => {
    const rows = sampleRows("forbidden", 1000);
    const refusal = {
      effect: "status",
      status: 403,
      code: "0x80040220",
      match: { batch: true, nth: 4, count: 50 },
    } as const;
    await stack.emulator.addFaults(refusal);
    const report = await stack.publish({
      command: { ...byBatch, runId: "forbidden" },
      columns: columnsOf(rows, "dv_name"),
    });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expectSettled(report, 1000);
    expect(summaryOf(report)).toMatchObject({ created: 300, notSent: 700, stopped: { code: "principal_forbidden" } });
    expect(summaryOf(report).stopped?.message).toContain("security role");
  });

  it("on an operation fails that row alone", async () => {
    const rows = sampleRows("row forbidden", 300);
    await stack.emulator.addFaults({
      effect: "part_status",
      parts: [5],
      status: 403,
      code: "0x80040220",
      match: { batch: true },
    });
    const report = await stack.publish({
      command: { ...byBatch, runId: "one row" },
      columns: columnsOf(rows, "dv_name"),
    });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(report.rows).toMatchObject([
      { _dv_row: 5, _dv_error_code: "row_forbidden", _dv_service_code: "0x80040220", _dv_http_status: 403 },
    ]);
    expect(summaryOf(report)).toMatchObject({ created: 299, failed: 1, notSent: 0 });
  });

  it("on every bulk message and `$batch` stops the run", async () => {
    const rows = sampleRows("all forbidden", 1000);
    const match = { method: "POST", nth: 3, count: 50 } as const;
    await stack.emulator.addFaults({ effect: "status", error: "privilege", match });
    const report = await stack.publish({
      command: { ...insert, strategy: "BULK", runId: "all forbidden" },
      columns: columnsOf(rows, "dv_name"),
    });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expectSettled(report, 1000);
    expect(summaryOf(report)).toMatchObject({ failed: 0, stopped: { code: "principal_forbidden" } });
    expect(summaryOf(report).notSent).toBeGreaterThan(800);
  });

  it("on the bulk message of one row's owner fails that row alone", async () => {
    const rows = sampleRows("bulk forbidden", 300);
    const where = { contains: '"bulk forbidden 77"' };
    await stack.emulator.addFaults(
      { effect: "status", error: "privilege", match: { ...where, batch: false } },
      { effect: "part_status", error: "privilege", where, match: { ...where, batch: true } },
    );
    const report = await stack.publish({
      command: { ...insert, runId: "one row of a bulk message" },
      columns: columnsOf(rows, "dv_name"),
    });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(report.rows).toMatchObject([{ _dv_row: 77, _dv_error_code: "row_forbidden", _dv_http_status: 403 }]);
    expect(summaryOf(report)).toMatchObject({ created: 299, failed: 1, notSent: 0 });
  });
});
