import { describe, expect, it } from "vitest";
import type { RowFailure } from "../../../server/core/outcome.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { blockedByEarlierRow } from "../../../server/publish/batching/batcher.ts";
import { Fates } from "../../../server/publish/fates.ts";
import { KeyOrder } from "../../../server/publish/order/key-order.ts";
import type { Batch, Operation } from "../../../server/publish/rows/batch.ts";
import { Ledger } from "../../../server/publish/rows/ledger.ts";
import {
  accountBatch,
  accountMapping,
  byNumberRequest,
  insertRequest,
  operationOf,
} from "../../support/publish/scenes.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const failure: RowFailure = { code: "row_rejected", message: "No.", retryable: false };
const missing: RowFailure = { code: "row_missing", message: "Gone.", retryable: false };

/** Three rows of one key, the first of them under way; and what was asked of the batcher. */
class Bench {
  readonly asked: (readonly [what: string, ...rows: readonly number[]])[] = [];
  /** When what goes again is due, in the clock's milliseconds. */
  readonly dueAt: number[] = [];
  readonly late: number[] = [];
  readonly wrote: number[] = [];
  readonly halt = new AbortController();
  readonly clock = new VirtualClock();
  readonly keys = new KeyOrder<Operation>();
  readonly ledger: Ledger;
  readonly operation: Operation;
  readonly successors: readonly Operation[];
  readonly fates: Fates;
  pumps = 0;

  constructor(request: Partial<PublishRequest> = byNumberRequest) {
    const note = (what: string, operations: readonly Operation[]): void => {
      this.asked.push([what, ...operations.map(({ row }) => row)]);
    };
    this.ledger = new Ledger({
      returning: "ALL",
      deliver: () => Promise.resolve(),
      clock: this.clock,
      release: () => undefined,
      undeliverable: () => undefined,
    });
    const batch = accountBatch([0, 1, 2].map(() => ["A", "x"]));
    const slab = this.ledger.add(batch, Ledger.weight(batch));
    const [first, ...others] = [0, 1, 2].map((row) => ({ ...operationOf(slab, row), key: 7 }));
    if (first === undefined) throw new Error("no operation");
    this.operation = first;
    this.successors = others;
    this.keys.claim(7, first);
    for (const each of others) this.keys.claim(7, each);
    this.fates = new Fates({
      mapping: accountMapping(request),
      ledger: this.ledger,
      keys: this.keys,
      late: { note: (key) => this.late.push(key) },
      batcher: {
        stepAfter: () => undefined,
        goOn: (operation) => note("go on", [operation]),
        again: (operation, at) => {
          note("again", [operation]);
          this.dueAt.push(at);
        },
        free: (operation) => note("free", [operation]),
        resend: ({ operations }) => note("resend", operations),
        judge: (operations) => note("judge", operations),
      },
      clock: this.clock,
      halted: this.halt.signal,
      wrote: (key) => this.wrote.push(key),
      pump: () => {
        this.pumps += 1;
      },
    });
  }
}

describe("the fate of a row", () => {
  it("lets the next row of its key go when it is settled", () => {
    const bench = new Bench();
    bench.fates.settle({ ...bench.operation, attempts: 1 }, { kind: "upserted" });
    expect([bench.ledger.counts.upserted, bench.wrote, bench.asked]).toEqual([1, [7], [["free", 1]]]);
  });

  it("lets it go when the row was refused for itself", () => {
    const bench = new Bench();
    bench.fates.refuse(bench.operation, failure);
    expect([bench.ledger.failedByCode, bench.wrote, bench.asked]).toEqual([{ row_rejected: 1 }, [], [["free", 1]]]);
  });

  it("fails all later rows of the key with it when a replay may help", () => {
    const bench = new Bench();
    bench.fates.refuse(bench.operation, { ...failure, retryable: true });
    expect(bench.ledger.failedByCode).toEqual({ row_rejected: 1, [blockedByEarlierRow.code]: 2 });
    expect(bench.asked).toEqual([]);
  });

  it("takes for done what a DELETE that accepts missing rows does not find", () => {
    const bench = new Bench({ mode: "DELETE", matchOn: ["accountnumber"], onMissing: "ACCEPT" });
    bench.fates.refuse(bench.operation, missing);
    expect([bench.ledger.counts.unchanged, bench.ledger.counts.failed]).toEqual([1, 0]);
  });

  it.each([
    ["it was refused, however often it was sent", 2, { kind: "failed", failure }],
    ["it never was sent", 0, { kind: "unchanged" }],
  ] as const)("has written nothing where %s", (_what, attempts, verdict) => {
    const bench = new Bench();
    bench.fates.settle({ ...bench.operation, attempts }, verdict);
    expect(bench.wrote).toEqual([]);
  });

  it("is nobody else's where it has no key", () => {
    const bench = new Bench();
    bench.fates.settle({ ...bench.operation, key: -1, attempts: 1, uncertainAt: 5 }, { kind: "upserted" });
    expect([bench.ledger.counts.upserted, bench.wrote, bench.late, bench.asked]).toEqual([1, [], [], []]);
  });

  it("notes no late write where every reply came", () => {
    const bench = new Bench();
    bench.fates.settle({ ...bench.operation, attempts: 1 }, { kind: "upserted" });
    expect(bench.late).toEqual([]);
  });

  it("notes the late write of an insert's later step, which overwrites, and that of an earlier step", () => {
    const later = new Bench(insertRequest);
    later.fates.conclude({ ...later.operation, step: 1, uncertainAt: 5 }, { kind: "created" });
    const earlier = new Bench();
    const before = { verdict: { kind: "created" as const }, attempts: 1, uncertainAt: 5 };
    earlier.fates.conclude({ ...earlier.operation, step: 1, before }, { kind: "created" });
    expect([later.late, earlier.late]).toEqual([[7], [7]]);
  });

  it.each([
    ["an upsert", byNumberRequest, [7]],
    ["an insert, which overwrites nothing", insertRequest, []],
  ])("notes the late write of %s", (_what, request, late) => {
    const bench = new Bench(request);
    bench.fates.settle({ ...bench.operation, uncertainAt: 5 }, { kind: "created" });
    expect(bench.late).toEqual(late);
  });
});

describe("a row that is to go again", () => {
  it("goes when it may, and asks for turns", () => {
    const bench = new Bench();
    bench.fates.again(bench.operation, 9);
    expect([bench.asked, bench.pumps]).toEqual([[["again", 0]], 1]);
  });

  it("was not sent, once the stream has halted", () => {
    const bench = new Bench();
    bench.halt.abort();
    bench.fates.again(bench.operation, 9);
    expect([bench.asked, bench.ledger.counts.notSent]).toEqual([[], 1]);
  });

  it("may have been applied, once the stream has halted after a lost reply", () => {
    const bench = new Bench();
    bench.halt.abort();
    bench.fates.again({ ...bench.operation, uncertainAt: 5 }, 9);
    expect([bench.ledger.failedByCode, bench.ledger.counts.notSent]).toEqual([
      { outcome_unknown: 1, blocked_by_earlier_row: 2 },
      0,
    ]);
  });

  it("is partly applied, once the stream has halted after an earlier step", () => {
    const bench = new Bench();
    bench.halt.abort();
    const before = { verdict: { kind: "created" as const }, attempts: 1, uncertainAt: 0 };
    bench.fates.giveUp({ ...bench.operation, before });
    expect([bench.ledger.failedByCode, bench.ledger.counts.notSent]).toEqual([
      { partly_applied: 1, blocked_by_earlier_row: 2 },
      0,
    ]);
  });
});

describe("rows of a refused request", () => {
  const batchOf = ({ operation, successors }: Bench): Batch => ({
    way: "batch",
    operations: [operation],
    suspects: successors,
  });

  it("go as the request was, each by itself, or among the untested", () => {
    const bench = new Bench();
    bench.fates.resend(batchOf(bench));
    bench.fates.judge(bench.successors);
    bench.fates.putBack(bench.successors);
    expect(bench.asked).toEqual([
      ["resend", 0],
      ["judge", 1, 2],
      ["again", 1],
      ["again", 2],
    ]);
    expect(bench.dueAt, "at once").toEqual([bench.clock.now(), bench.clock.now()]);
  });

  it.each([
    ["resent", (bench: Bench) => bench.fates.resend(batchOf(bench)), 3],
    ["judged", (bench: Bench) => bench.fates.judge(bench.successors), 2],
    ["put back", (bench: Bench) => bench.fates.putBack(bench.successors), 2],
  ])("are not %s once the stream has halted", (_what, send, rows) => {
    const bench = new Bench();
    bench.halt.abort();
    send(bench);
    expect([bench.asked, bench.ledger.counts.notSent]).toEqual([[], rows]);
  });
});
