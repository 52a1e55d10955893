import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../../../server/arrow/columns.ts";
import type { RowFailure } from "../../../../server/core/outcome.ts";
import type { SettledRow } from "../../../../server/publish/publication.ts";
import type { Slab, Verdict } from "../../../../server/publish/rows/ledger.ts";
import { Ledger } from "../../../../server/publish/rows/ledger.ts";
import { int32, recordBatch } from "../../../support/columns.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const created: Verdict = { kind: "created" };

function failed(code: RowFailure["code"] = "row_rejected", message = "no"): Verdict {
  return { kind: "failed", failure: { code, message, retryable: false } };
}

function rows(count: number): RecordBatch {
  return recordBatch(int32("n", new Array<number>(count).fill(0)));
}

interface Delivery {
  readonly batch: RecordBatch;
  readonly rows: readonly SettledRow[];
}

/** A ledger whose deliveries are noted, and wait for `take` where they are told to. */
class Desk {
  readonly clock = new VirtualClock({ wall: 5000 });
  readonly deliveries: Delivery[] = [];
  readonly released: Slab[] = [];
  readonly refused: unknown[] = [];
  readonly ledger: Ledger;
  /** What each delivery waits for; it may reject. */
  take: () => Promise<void> = () => Promise.resolve();

  constructor(returning: "FAILED" | "ALL" = "FAILED") {
    this.ledger = new Ledger({
      returning,
      clock: this.clock,
      deliver: (batch, settled) => {
        this.deliveries.push({ batch, rows: settled });
        return this.take();
      },
      release: (slab) => this.released.push(slab),
      undeliverable: (reason) => this.refused.push(reason),
    });
  }

  settle(slab: Slab, verdicts: readonly Verdict[]): void {
    for (const [row, verdict] of verdicts.entries()) this.ledger.settle(slab, row, verdict, 1);
  }

  async quiet(): Promise<void> {
    await this.clock.turn();
  }
}

describe("Ledger", () => {
  it("counts each row under its outcome, and failures by their code", () => {
    const { ledger } = new Desk();
    const kinds = ["created", "updated", "upserted", "deleted", "unchanged", "created"] as const;
    const slab = ledger.add(rows(10));
    for (const [row, kind] of kinds.entries()) ledger.settle(slab, row, { kind }, 1);
    ledger.settle(slab, 6, failed("row_missing"), 1);
    ledger.settle(slab, 7, failed("row_missing"), 1);
    ledger.settle(slab, 8, failed("key_ambiguous"), 1);
    expect(ledger.unsettled).toBe(1);
    ledger.skip(slab, 9);
    ledger.refuse(5);
    expect(ledger.counts).toEqual({
      received: 15,
      created: 2,
      updated: 1,
      upserted: 1,
      deleted: 1,
      unchanged: 1,
      failed: 3,
      notSent: 6,
    });
    expect(ledger.acknowledged).toBe(6);
    expect(ledger.failedByCode).toEqual({ row_missing: 2, key_ambiguous: 1 });
    expect(ledger.unsettled).toBe(0);
  });

  it("counts as refused the failed rows that were never sent, and no others", () => {
    const { ledger } = new Desk();
    const slab = ledger.add(rows(4));
    ledger.settle(slab, 0, failed(), 0);
    ledger.settle(slab, 1, failed(), 1);
    ledger.settle(slab, 2, { kind: "unchanged" }, 0);
    ledger.skip(slab, 3);
    expect(ledger.refused).toBe(1);
  });

  it("settles a row once: the second outcome is a defect and counts nowhere", () => {
    const { ledger } = new Desk();
    ledger.add(rows(5));
    const slab = ledger.add(rows(2));
    ledger.settle(slab, 1, created, 1);
    expect(() => ledger.settle(slab, 1, failed(), 1)).toThrow("Row 6 settled twice.");
    expect(() => ledger.skip(slab, 1)).toThrow(expect.objectContaining({ code: "internal" }));
    expect(ledger.counts).toMatchObject({ created: 1, failed: 0, notSent: 0 });
    expect(slab.left).toBe(1);
    expect(ledger.unsettled).toBe(6);
  });

  it("counts a skipped row once too", () => {
    const { ledger } = new Desk();
    const slab = ledger.add(rows(1));
    ledger.skip(slab, 0);
    expect(() => ledger.settle(slab, 0, created, 1)).toThrow("settled twice");
  });

  it("delivers failed rows alone, or every row when all are asked for", async () => {
    for (const [returning, expected] of [
      ["FAILED", [1]],
      ["ALL", [0, 1]],
    ] as const) {
      const desk = new Desk(returning);
      desk.settle(desk.ledger.add(rows(2)), [created, failed()]);
      await desk.quiet();
      expect(desk.deliveries.map((delivery) => delivery.rows.map(({ row }) => row))).toEqual([expected]);
    }
  });

  it("says of a delivered row where it stood, what became of it, and when", async () => {
    const desk = new Desk();
    desk.ledger.add(rows(7));
    const batch = rows(2);
    const slab = desk.ledger.add(batch);
    desk.ledger.skip(slab, 0);
    await desk.clock.run(desk.clock.sleep(250));
    desk.ledger.settle(slab, 1, failed(), 1);
    await desk.quiet();
    expect(desk.deliveries).toEqual([
      { batch, rows: [{ row: 1, streamRow: 8, outcome: { ...failed(), attempts: 1, settledAt: 5250 } }] },
    ]);
  });

  it("delivers in the order of the rows, whatever the order in which they settled", async () => {
    const desk = new Desk();
    const slab = desk.ledger.add(rows(4));
    for (const row of [2, 0, 3, 1]) desk.ledger.settle(slab, row, failed(), 1);
    await desk.quiet();
    expect(desk.deliveries.map((delivery) => delivery.rows.map(({ row }) => row))).toEqual([[0, 1, 2, 3]]);
  });

  it("keeps settled rows back until their record batch is done, so that few messages carry many", async () => {
    const desk = new Desk();
    const slab = desk.ledger.add(rows(3));
    desk.ledger.settle(slab, 0, failed(), 1);
    await desk.quiet();
    expect(desk.deliveries).toEqual([]);
    desk.ledger.skip(slab, 1);
    desk.ledger.settle(slab, 2, created, 1);
    await desk.quiet();
    expect(desk.deliveries).toHaveLength(1);
  });

  it("parts a long delivery by rows", async () => {
    const desk = new Desk();
    desk.settle(desk.ledger.add(rows(10_000)), new Array<Verdict>(10_000).fill(failed()));
    await desk.quiet();
    expect(desk.deliveries.map((delivery) => delivery.rows.length)).toEqual([4096, 4096, 1808]);
    expect(desk.released).toHaveLength(1);
  });

  it("parts a heavy delivery by bytes", async () => {
    const desk = new Desk();
    const heavy = failed("row_rejected", "x".repeat(2048));
    desk.settle(desk.ledger.add(rows(1000)), new Array<Verdict>(1000).fill(heavy));
    await desk.quiet();
    expect(desk.deliveries.map((delivery) => delivery.rows.length)).toEqual([475, 475, 50]);
  });

  it("delivers one after the other, never two at once", async () => {
    const desk = new Desk();
    let under = 0;
    let most = 0;
    desk.take = async () => {
      under += 1;
      most = Math.max(most, under);
      await desk.clock.sleep(10);
      under -= 1;
    };
    const [first, second] = [desk.ledger.add(rows(1)), desk.ledger.add(rows(1))];
    desk.settle(second, [failed()]);
    desk.settle(first, [failed()]);
    await desk.clock.run(desk.ledger.drained());
    expect(most).toBe(1);
    expect(desk.deliveries.map(({ rows: [row] }) => row?.streamRow)).toEqual([1, 0]);
  });

  it("releases a record batch once, after its last row and its last delivery", async () => {
    const desk = new Desk();
    desk.take = () => desk.clock.sleep(10);
    const slab = desk.ledger.add(rows(5000));
    desk.settle(slab, new Array<Verdict>(4096).fill(failed()));
    await desk.clock.run(desk.clock.sleep(20));
    expect([desk.deliveries.length, desk.released.length]).toEqual([1, 0]);
    for (let row = 4096; row < 5000; row++) desk.ledger.settle(slab, row, failed(), 1);
    await desk.quiet();
    expect([desk.deliveries.length, desk.released.length]).toEqual([2, 0]);
    await desk.clock.run(desk.ledger.drained());
    expect(desk.released).toEqual([slab]);
  });

  it("frees a record batch when nobody reads its columns any more, and not before", async () => {
    const desk = new Desk();
    let freed = 0;
    const slab = desk.ledger.add({ ...rows(2), free: () => (freed += 1) });
    desk.settle(slab, [created, failed()]);
    expect(freed).toBe(0);
    await desk.quiet();
    expect([freed, desk.released]).toEqual([1, [slab]]);
  });

  it("does not release while an earlier delivery of the batch is still under way", async () => {
    const desk = new Desk();
    desk.take = () => desk.clock.sleep(10);
    const slab = desk.ledger.add(rows(4097));
    desk.settle(slab, [...new Array<Verdict>(4096).fill(failed()), created]);
    await desk.quiet();
    expect(desk.released).toEqual([]);
    await desk.clock.run(desk.ledger.drained());
    expect(desk.released).toEqual([slab]);
  });

  it("releases a batch of which nothing is to be delivered with its last row", () => {
    const desk = new Desk();
    const slab = desk.ledger.add(rows(2));
    desk.ledger.settle(slab, 0, created, 1);
    expect(desk.released).toEqual([]);
    desk.ledger.skip(slab, 1);
    expect(desk.released).toEqual([slab]);
  });

  it("releases an empty record batch at once, and once", async () => {
    const desk = new Desk();
    const slab = desk.ledger.add(rows(0));
    expect(desk.released).toEqual([slab]);
    await desk.clock.run(desk.ledger.drained());
    expect(desk.released).toEqual([slab]);
  });

  it("weighs a record batch by its bytes, its rows and what its objects take, so that tiny ones are not free", () => {
    const batch = rows(100);
    expect(Ledger.weight(batch)).toBe(batch.bytes + 2400 + 1536);
    expect(new Desk().ledger.add(batch).weight).toBe(Ledger.weight(batch));
  });

  it("is drained when every row has settled and every delivery was taken", async () => {
    const desk = new Desk();
    desk.take = () => desk.clock.sleep(1000);
    const slab = desk.ledger.add(rows(2));
    const order: string[] = [];
    const drained = desk.ledger.drained().then(() => order.push("drained"));
    desk.ledger.settle(slab, 0, created, 1);
    await desk.quiet();
    order.push("one left");
    desk.ledger.settle(slab, 1, failed(), 1);
    await desk.quiet();
    order.push("settled");
    await desk.clock.run(drained);
    expect(order).toEqual(["one left", "settled", "drained"]);
    expect(desk.released).toEqual([slab]);
  });

  it("wakes all that wait for it to drain", async () => {
    const desk = new Desk();
    const slab = desk.ledger.add(rows(1));
    const both = Promise.all([desk.ledger.drained(), desk.ledger.drained()]);
    desk.ledger.settle(slab, 0, created, 1);
    await desk.clock.run(both);
  });

  it("says once that the client takes no rows, tries no more, and still releases", async () => {
    const desk = new Desk();
    const gone = new Error("gone");
    desk.take = () => Promise.reject(gone);
    const slabs = [desk.ledger.add(rows(1)), desk.ledger.add(rows(1))];
    for (const slab of slabs) desk.settle(slab, [failed()]);
    await desk.clock.run(desk.ledger.drained());
    expect(desk.refused).toEqual([gone]);
    expect(desk.deliveries).toHaveLength(1);
    expect(desk.released).toEqual(slabs);
  });
});
