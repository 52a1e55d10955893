import { describe, expect, it } from "vitest";
import type { RowFailure } from "../../../../server/core/outcome.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { Batcher } from "../../../../server/publish/batching/batcher.ts";
import { Identity } from "../../../../server/publish/identity/identity.ts";
import { KeyOrder } from "../../../../server/publish/order/key-order.ts";
import { LateWrites, lateMs } from "../../../../server/publish/order/late-writes.ts";
import type { Batch, Operation } from "../../../../server/publish/rows/batch.ts";
import { partOf } from "../../../../server/publish/rows/batch.ts";
import { Operations } from "../../../../server/publish/rows/operations.ts";
import { int32, recordBatch, text } from "../../../support/columns.ts";
import { mappingOf } from "../../../support/dataverse/tables.ts";
import type { Account } from "../../../support/publish/scenes.ts";
import {
  accountBatch,
  accountMapping,
  accountsWithState,
  byNumberRequest,
  hundred,
  insertRequest,
  slabOf,
} from "../../../support/publish/scenes.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

class Bench {
  readonly clock = new VirtualClock();
  readonly keys = new KeyOrder<Operation>();
  readonly late = new LateWrites();
  readonly refused: { readonly operation: Operation; readonly failure: RowFailure }[] = [];
  readonly batcher: Batcher;

  constructor(
    request: Partial<PublishRequest> = byNumberRequest,
    identity?: Identity,
    mapping = accountMapping(request),
  ) {
    const minted = mapping.mintsIds ? new Identity({ runId: "run", table: "account", keyColumns: [0] }) : undefined;
    this.batcher = new Batcher({
      mapping,
      identity: identity ?? minted,
      keys: this.keys,
      late: this.late,
      operations: new Operations(),
      clock: this.clock,
      refuse: (operation, failure) => this.refused.push({ operation, failure }),
    });
  }

  add(...rows: readonly Account[]): void {
    this.batcher.add(slabOf(accountBatch(rows)));
  }
}

function rows(count: number, name = "x"): readonly Account[] {
  return Array.from({ length: count }, (_, i): Account => [`A${i}`, name]);
}

function numbers(batch: Batch | undefined): readonly string[] {
  return (batch?.operations ?? []).map(
    (one) => /(?:accountnumber='|"accountnumber":")(\w+)/.exec(Buffer.from(partOf(one)).toString())?.[1] ?? "?",
  );
}

function only(batch: Batch | undefined): Operation {
  const [operation] = batch?.operations ?? [];
  if (operation === undefined || batch?.operations.length !== 1) throw new Error("The batch has not one operation.");
  return operation;
}

describe("Batcher", () => {
  it("fails the rows that it can give no id of their own, and goes on", () => {
    const byContent = { partition: 0, rowsMax: 2 };
    const identity = new Identity({ runId: "run", table: "account", keyColumns: [0], byContent });
    const bench = new Bench(insertRequest, identity);
    bench.add(...rows(3), ...rows(1));
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A0", "A1", "A0"]);
    expect(bench.refused.map(({ failure }) => failure.message)).toEqual([expect.stringContaining("rowKey")]);
  });

  it("counts each row that was looked at once: held and refused ones too, repeated ones not again", () => {
    const bench = new Bench();
    const { batcher } = bench;
    bench.add(["A", "x"], ["A", "y"], ["B", "x".repeat(21)], ["C", "x"]);
    bench.add(["D", "x"]);
    const operation = batcher.take({ way: "batch", size: 2 })?.operations[0];
    if (operation === undefined) expect.unreachable();
    expect(bench.refused).toHaveLength(1);
    expect(batcher.begun).toBe(4);
    batcher.again(operation, bench.clock.now());
    batcher.take(hundred);
    expect(batcher.begun).toBe(5);
  });

  it("lets go of a body and of its operations once all of their rows have settled, and not before", () => {
    const { batcher } = new Bench();
    const slab = slabOf(accountBatch(rows(6)));
    batcher.add(slab);
    const take = (): Batch => batcher.take({ way: "batch", size: 2 }) ?? expect.unreachable();
    const first = take();
    const body = first.body?.buffer;
    slab.settled[0] = 1;
    batcher.over(first);
    expect(body?.byteLength).toBeGreaterThan(0);
    const second = take();
    expect(second.operations).not.toContain(first.operations[1]);
    slab.settled[1] = 1;
    batcher.over(first);
    expect(body?.byteLength).toBe(0);
    const third = take();
    expect(third.operations).toEqual(expect.arrayContaining([...first.operations]));
    expect(third.operations.map(({ row }) => row)).toEqual([4, 5]);
  });

  it("encodes rows for the way that they go", () => {
    const { batcher, ...bench } = new Bench(insertRequest);
    batcher.add(slabOf(accountBatch(rows(2))));
    const batch = batcher.take({ way: "bulk", size: 10 });
    const { Targets: targets } = JSON.parse(String(batch?.body));
    expect(targets).toMatchObject(rows(2).map(([accountnumber, name]) => ({ accountnumber, name })));
    expect(bench.refused).toEqual([]);
  });

  it("takes rows in their order, a hundred a batch, over record batches", () => {
    const { batcher, ...bench } = new Bench();
    batcher.add(slabOf(accountBatch(rows(60))));
    batcher.add(slabOf(accountBatch([])));
    batcher.add(slabOf(accountBatch(rows(60).map(([number, name]): Account => [`B${number}`, name]))));
    expect(batcher.ready).toBe(120);
    const first = numbers(batcher.take(hundred));
    expect(first).toEqual([...rows(60).map(([number]) => number), ...rows(40).map(([number]) => `B${number}`)]);
    expect(batcher.ready).toBe(20);
    expect(numbers(batcher.take(hundred))).toHaveLength(20);
    expect(batcher.take(hundred)).toBeUndefined();
    expect(batcher.ready).toBe(0);
    expect(bench.refused).toEqual([]);
  });

  it("shows the rows that it has not looked at yet", () => {
    const bench = new Bench();
    bench.add(...rows(150));
    bench.add(...rows(10));
    bench.batcher.take(hundred);
    expect(bench.batcher.unseen.map(({ slab, from }) => slab.batch.rows - from)).toEqual([50, 10]);
  });

  it("encodes from the record batch that the row stands in", () => {
    const bench = new Bench();
    bench.add(["A", "first"]);
    bench.add(["B", "second"]);
    const texts = bench.batcher.take(hundred)?.operations.map((one) => Buffer.from(partOf(one)).toString());
    expect(texts?.[0]).toContain('{"name":"first"}');
    expect(texts?.[1]).toContain('{"name":"second"}');
  });

  it("mints an id for each row of an insert, the same that goes on the wire", () => {
    const bench = new Bench(insertRequest);
    bench.add(["A", "x"], ["B", "y"]);
    const operations = bench.batcher.take(hundred)?.operations ?? [];
    expect(new Set(operations.map(({ id }) => id)).size).toBe(2);
    for (const one of operations) expect(Buffer.from(partOf(one)).toString()).toContain(`"accountid":"${one.id}"`);
  });

  it("refuses a row that cannot be encoded, and goes on with the next", () => {
    const bench = new Bench();
    bench.add(["A", "x".repeat(21)], ["B", "x"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["B"]);
    expect(bench.refused).toEqual([
      {
        operation: expect.objectContaining({ row: 0 }),
        failure: expect.objectContaining({ code: "value_not_mappable" }),
      },
    ]);
  });

  it("refuses a row whose key is flawed without claiming a key for it", () => {
    const bench = new Bench();
    bench.add([null, "x"], [null, "y"]);
    expect(bench.batcher.take(hundred)).toBeUndefined();
    expect(bench.refused.map(({ operation }) => operation.key)).toEqual([-1, -1]);
  });

  it("looks at two thousand rows a call and no more", () => {
    const bench = new Bench();
    bench.add(...rows(2001, "x".repeat(21)));
    expect(bench.batcher.take(hundred)).toBeUndefined();
    expect(bench.refused).toHaveLength(2000);
    expect(bench.batcher.ready).toBe(1);
  });

  it("holds a row whose key is under way, and lets it go when the key is freed", () => {
    const bench = new Bench();
    bench.add(["A", "old"], ["B", "x"], ["a ", "new"]);
    const first = bench.batcher.take(hundred);
    expect(numbers(first)).toEqual(["A", "B"]);
    expect(bench.batcher.ready).toBe(0);
    const [operation] = first?.operations ?? [];
    const next = bench.keys.release(operation?.key ?? -1);
    if (next === undefined) return expect.unreachable();
    bench.batcher.free(next);
    expect(bench.batcher.ready).toBe(1);
    expect(only(bench.batcher.take(hundred))).toBe(next);
    expect(next.row).toBe(2);
  });

  it("refuses a row behind one that may be replayed, and does not let it settle the key", () => {
    const bench = new Bench();
    bench.add(["A", "old"]);
    bench.keys.block(only(bench.batcher.take(hundred)).key);
    bench.add(["A", "new"]);
    expect(bench.batcher.take(hundred)).toBeUndefined();
    const failure = expect.objectContaining({ code: "blocked_by_earlier_row", retryable: true });
    expect(bench.refused).toEqual([{ operation: expect.objectContaining({ key: -1 }), failure }]);
  });

  it("tells the step after its own of a row that has one, where rows have several", () => {
    const batch = recordBatch(text("accountnumber", ["A", "B"]), int32("statecode", [1, null]));
    const request = { ...byNumberRequest, nulls: "IGNORE" } as const;
    const mapping = mappingOf({ columns: batch.columns, table: accountsWithState, request });
    const { batcher } = new Bench(request, undefined, mapping);
    batcher.add(slabOf(batch));
    const operations = batcher.take(hundred)?.operations ?? [];
    expect(operations.map((operation) => batcher.stepAfter(operation))).toEqual([1, undefined]);
  });

  it("keeps a new row back while an older write of its key may still land", async () => {
    const bench = new Bench();
    bench.add(["A", "old"]);
    const { key } = only(bench.batcher.take(hundred));
    bench.keys.release(key);
    bench.late.note(key, bench.clock.now());
    bench.add(["A", "new"], ["B", "x"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["B"]);
    expect(bench.batcher.nextAt).toBe(bench.clock.now() + lateMs);
    expect(bench.batcher.ready).toBe(0);
    await bench.clock.run(bench.clock.sleep(lateMs));
    expect(bench.batcher.ready).toBe(1);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A"]);
  });

  it("keeps a freed row back while the write before it may still land", () => {
    const bench = new Bench();
    bench.add(["A", "old"], ["A", "new"]);
    const { key } = only(bench.batcher.take(hundred));
    bench.late.note(key, bench.clock.now());
    const next = bench.keys.release(key);
    if (next === undefined) return expect.unreachable();
    bench.batcher.free(next);
    expect(bench.batcher.take(hundred)).toBeUndefined();
    expect(bench.batcher.nextAt).toBe(bench.clock.now() + lateMs);
  });

  it("tells what the next body will take, by the last one", () => {
    const bench = new Bench();
    const before = bench.batcher.bodyBytes;
    bench.add(...rows(500, "x".repeat(20)));
    const { body } = bench.batcher.take({ ...hundred, size: 500 }) ?? {};
    expect(bench.batcher.bodyBytes).toBeGreaterThan(Math.max(before, body?.length ?? 0));
  });

  it("sends an operation again when its time has come, before new rows, as it was", async () => {
    const bench = new Bench();
    bench.add(["A", "x"]);
    const operation = only(bench.batcher.take(hundred));
    const { bytes } = operation;
    bench.batcher.again(operation, bench.clock.now() + 500);
    bench.add(["B", "x"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["B"]);
    bench.add(["C", "x"]);
    await bench.clock.run(bench.clock.sleep(500));
    expect(bench.batcher.ready).toBe(2);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A", "C"]);
    expect(operation.bytes).toBe(bytes);
  });

  it("sends a half of a refused batch alone, before all else, and does not fill it up", () => {
    const bench = new Bench();
    bench.add(...rows(4));
    const operations = bench.batcher.take(hundred)?.operations ?? [];
    bench.add(["B", "x"]);
    bench.batcher.resend({ way: "batch", operations: operations.slice(0, 2) });
    bench.batcher.resend({ way: "batch", operations: operations.slice(2) });
    expect([bench.batcher.ready, bench.batcher.requests(100)]).toEqual([1, 3]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A0", "A1"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A2", "A3"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["B"]);
  });

  it("has rows judged together that several refused requests left, and others go before", async () => {
    const bench = new Bench();
    bench.add(...rows(300));
    const bulk = { way: "bulk", size: 2 } as const;
    const [first, second, third] = [1, 2, 3].map(() => bench.batcher.take(bulk)?.operations ?? []);
    bench.batcher.judge(first ?? []);
    // Nothing was judged yet: what they are is worth knowing at once.
    expect(numbers(bench.batcher.take(bulk))).toEqual(["A0", "A1"]);
    await bench.clock.run(bench.clock.sleep(60_000));
    bench.batcher.judge(second ?? []);
    bench.batcher.judge(third ?? []);
    expect(bench.batcher.requests(100)).toBe(3);
    expect(bench.batcher.take(hundred)?.operations.length).toBe(100);
    await bench.clock.run(bench.clock.sleep(10_000));
    const judged = bench.batcher.take(bulk);
    expect([judged?.way, numbers(judged)]).toEqual(["batch", ["A2", "A3", "A4", "A5"]]);
  });

  it("has rows judged at once when nothing else is to be sent", async () => {
    const bench = new Bench();
    bench.add(...rows(3));
    const [first, second, third] = bench.batcher.take({ way: "bulk", size: 3 })?.operations ?? [];
    if (first === undefined || second === undefined || third === undefined) return expect.unreachable();
    bench.batcher.judge([first]);
    bench.batcher.take(hundred);
    await bench.clock.run(bench.clock.sleep(60_000));
    bench.batcher.judge([second]);
    bench.batcher.judge([third]);
    expect(bench.batcher.requests(100)).toBe(1);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A1", "A2"]);
    expect(bench.batcher.requests(100)).toBe(0);
  });

  it("sends no batch without rows when none of them can go the other way", () => {
    const bench = new Bench();
    bench.add(...rows(3));
    const [first, second, third] = bench.batcher.take({ way: "bulk", size: 3 })?.operations ?? [];
    if (first === undefined || second === undefined || third === undefined) return expect.unreachable();
    const unread = { code: "row_too_large", message: "Too large.", retryable: false } as const;
    const flawed = (operation: Operation): Operation => ({
      ...operation,
      slab: { ...operation.slab, found: { ...operation.slab.found, unread } },
    });
    bench.batcher.resend({ way: "batch", operations: [flawed(first), second] });
    bench.batcher.resend({ way: "batch", operations: [flawed(first)], suspects: [third] });
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A1"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["A2"]);
    expect(bench.batcher.take(hundred)).toBeUndefined();
    expect(bench.refused.map(({ operation }) => operation.row)).toEqual([0, 0]);
  });

  it("gives up everything that is not on the wire, each row once", () => {
    const bench = new Bench();
    bench.add(...rows(5), ["A0", "held"]);
    const [formed, wire, delayed, soon, suspect] = bench.batcher.take(hundred)?.operations ?? [];
    if (formed === undefined || wire === undefined || delayed === undefined || soon === undefined) {
      return expect.unreachable();
    }
    bench.batcher.again(delayed, bench.clock.now() + 1e9);
    const half = slabOf(accountBatch(rows(150).map(([number, name]): Account => [`B${number}`, name])));
    const untouched = slabOf(accountBatch(rows(3)));
    bench.batcher.add(half);
    bench.batcher.add(untouched);
    expect(numbers(bench.batcher.take(hundred))).toHaveLength(100);
    bench.batcher.resend({ way: "batch", operations: [formed] });
    bench.batcher.free(soon);
    bench.batcher.judge(suspect === undefined ? [] : [suspect]);
    const skipped: (readonly [unknown, number])[] = [];
    const operations = bench.batcher.drain((slab, row) => skipped.push([slab, row]));
    expect(operations.map(({ row }) => row).sort((a, b) => a - b)).toEqual([0, 2, 3, 4, 5]);
    expect(skipped.filter(([slab]) => slab === half).map(([, row]) => row)).toEqual(
      Array.from({ length: 50 }, (_, i) => 100 + i),
    );
    expect(skipped.filter(([slab]) => slab === untouched).map(([, row]) => row)).toEqual([0, 1, 2]);
    expect([bench.batcher.ready, bench.batcher.nextAt, bench.batcher.take(hundred)]).toEqual([0, undefined, undefined]);
  });

  it("takes rows from their first on when it is given more after a drain", () => {
    const bench = new Bench();
    bench.add(...rows(150));
    bench.batcher.take(hundred);
    bench.batcher.drain(() => undefined);
    bench.add(["B0", "x"], ["B1", "x"]);
    expect(numbers(bench.batcher.take(hundred))).toEqual(["B0", "B1"]);
  });
});
