import { describe, expect, it } from "vitest";
import { Guid } from "../../../../server/core/guid.ts";
import { Operations, spareMax } from "../../../../server/publish/rows/operations.ts";
import { accountBatch, operationOf, slabOf } from "../../../support/publish/scenes.ts";

const slab = slabOf(accountBatch([]));
const body = Buffer.from("body");

describe("Operations", () => {
  it("begins a row with nothing of the row before", () => {
    const operations = new Operations();
    const before = operations.begin(slab, 1, Guid.of("6f1c5b1e-0000-4000-8000-000000000001"), 5);
    Object.assign(before, { bytes: body, start: 1, end: 4, way: "bulk", attempts: 2, uncertainAt: 9 });
    operations.end([before], body);
    const after = operations.begin(slab, 7, undefined, 6);
    expect(after).toBe(before);
    expect(after).toEqual({ ...operationOf(slab, 7), key: 6, start: after.start, end: after.end, way: after.way });
  });

  it.each([
    { step: 1 },
    { refusal: { code: "row_rejected", message: "no", retryable: false } as const },
    { before: { verdict: { kind: "created" }, attempts: 1, uncertainAt: 0 } as const },
    { sessionToken: "token" },
    { looked: true },
    { wasAbsent: true },
  ])("makes no other row of one that has %o", (note) => {
    const operations = new Operations();
    const noted = { ...operationOf(slab, 0, body), ...note };
    operations.end([noted], body);
    expect(operations.begin(slab, 0, undefined, -1)).not.toBe(noted);
  });

  it("makes one row of an operation that two requests give back", () => {
    const operations = new Operations();
    const one = operationOf(slab, 0, body);
    operations.end([one], body);
    operations.end([one], body);
    expect(operations.begin(slab, 1, undefined, -1)).toBe(one);
    expect(operations.begin(slab, 2, undefined, -1)).not.toBe(one);
  });

  it("makes no other row of one that is under way again in another body", () => {
    const operations = new Operations();
    const again = operationOf(slab, 0, Buffer.from("another"));
    operations.end([again], body);
    expect(operations.begin(slab, 1, undefined, -1)).not.toBe(again);
  });

  it("keeps nothing of a row that has settled: its record batch is large, and no other row may come", () => {
    const operations = new Operations();
    const one = { ...operationOf(slab, 0, body), id: Guid.of("6f1c5b1e-0000-4000-8000-000000000001") };
    operations.end([one], body);
    expect([one.slab.batch.columns, one.slab.settled, one.id, one.bytes]).toEqual([
      [],
      new Uint8Array(0),
      undefined,
      new Uint8Array(0),
    ]);
    expect(one.slab).not.toBe(slab);
  });

  it("keeps no more than its bound", () => {
    const operations = new Operations();
    const many = Array.from({ length: spareMax + 1 }, (_, row) => operationOf(slab, row, body));
    operations.end(many, body);
    const begun = new Set(many.map(() => operations.begin(slab, 0, undefined, -1)));
    expect(many.filter((one) => begun.has(one))).toHaveLength(spareMax);
  });
});
