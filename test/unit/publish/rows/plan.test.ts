import { describe, expect, it } from "vitest";
import type { RowFailure } from "../../../../server/core/outcome.ts";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import { attemptsOf } from "../../../../server/publish/rows/batch.ts";
import type { Verdict } from "../../../../server/publish/rows/ledger.ts";
import { Plan, unfinished } from "../../../../server/publish/rows/plan.ts";
import { accountMapping, byNumberRequest, operationsOf, testId } from "../../../support/publish/scenes.ts";

const [fresh] = operationsOf(accountMapping(byNumberRequest), [["A", "x"]]);
const refusal: RowFailure = { code: "row_rejected", message: "A row with the same key exists.", retryable: false };
const missing: RowFailure = { code: "row_missing", message: "The row does not exist.", retryable: false };

class Bench {
  readonly gone: Operation[] = [];
  readonly operation: Operation;
  readonly plan: Plan;

  constructor(steps: number, updateStep?: number) {
    if (fresh === undefined) throw new Error("no operation");
    this.operation = { ...fresh, attempts: 2 };
    this.plan = new Plan({
      updateStep,
      next: ({ step }) => (step + 1 < steps ? step + 1 : undefined),
      go: (operation) => void this.gone.push(operation),
    });
  }

  get next(): Operation {
    const operation = this.gone.at(-1);
    if (operation === undefined) throw new Error("no step followed");
    return operation;
  }

  applied(operation: Operation, kind: Verdict["kind"] = "created", id?: string): Verdict | undefined {
    return this.plan.settled(operation, { kind, httpStatus: 204, ...(id === undefined ? {} : { id }) });
  }
}

describe("a row of several steps", () => {
  it("does not settle before its last one, and goes on under its key", () => {
    const bench = new Bench(2);
    expect(bench.applied(bench.operation, "created", testId(0))).toBeUndefined();
    const { step, key, row, attempts, uncertainAt, bytes } = bench.next;
    expect([step, key, row, attempts, uncertainAt, bytes.length]).toEqual([1, bench.operation.key, 0, 0, 0, 0]);
  });

  it("settles as its first step did, with the attempts of all", () => {
    const bench = new Bench(2);
    bench.applied(bench.operation, "created", testId(0));
    const last = { ...bench.next, attempts: 3 };
    expect(bench.applied(last, "updated")).toEqual({ kind: "created", id: testId(0), httpStatus: 204 });
    expect(attemptsOf(last)).toBe(5);
  });

  it("counts as updated where the first step found all as it was", () => {
    const bench = new Bench(2);
    bench.applied(bench.operation, "unchanged", testId(0));
    expect(bench.applied(bench.next, "updated")).toMatchObject({ kind: "updated", id: testId(0) });
  });

  it("is partly applied where a later step fails, with the row's id and the service's word", () => {
    const bench = new Bench(3);
    bench.applied(bench.operation, "upserted", testId(0));
    bench.applied(bench.next, "updated");
    const failure = { ...refusal, serviceCode: "0x80048408", retryable: true };
    const verdict = bench.plan.settled(bench.next, { kind: "failed", failure });
    expect(verdict).toMatchObject({
      kind: "failed",
      id: testId(0),
      failure: { code: "partly_applied", serviceCode: "0x80048408", retryable: true },
    });
    expect(verdict?.failure?.message).toBe(`The row was written, but not all of it: ${refusal.message}`);
  });

  it("is partly applied, and retryable, where the run ends between two steps", () => {
    const bench = new Bench(2);
    bench.applied(bench.operation);
    expect(bench.plan.settled(bench.next, { kind: "failed", failure: unfinished })?.failure).toBe(unfinished);
  });

  it("fails as ever where its first step does", () => {
    const bench = new Bench(2);
    const verdict = { kind: "failed", failure: refusal } as const;
    expect(bench.plan.settled(bench.operation, verdict)).toEqual(verdict);
    expect(bench.gone).toEqual([]);
  });

  it("remembers that an earlier step may still land", () => {
    const bench = new Bench(3);
    bench.applied({ ...bench.operation, uncertainAt: 70 });
    expect(bench.next.before?.uncertainAt).toBe(70);
    bench.applied({ ...bench.next, uncertainAt: 30 });
    expect(bench.next.before?.uncertainAt).toBe(70);
  });
});

describe("an upsert in two halves", () => {
  it("is created by the first", () => {
    const bench = new Bench(1, 1);
    expect(bench.applied(bench.operation, "upserted")).toMatchObject({ kind: "created" });
  });

  it("goes on with the second where the row is there: nothing of it was applied yet", () => {
    const bench = new Bench(2, 1);
    expect(bench.plan.exists(bench.operation, refusal, false)).toBe(true);
    expect(bench.next).toMatchObject({ step: 1, attempts: 2, refusal });
    expect(bench.next.before).toBeUndefined();
    expect(bench.applied(bench.next, "updated")).toMatchObject({ kind: "updated" });
    expect(attemptsOf(bench.next)).toBe(2);
  });

  it("is missing where the row was read, and is gone when the second comes", () => {
    const bench = new Bench(2, 1);
    bench.plan.exists(bench.operation, undefined, true);
    expect(bench.plan.settled(bench.next, { kind: "failed", failure: missing })).toMatchObject({ failure: missing });
  });

  it("was refused for its own reason where the second finds no row", () => {
    const bench = new Bench(2, 1);
    bench.plan.exists(bench.operation, refusal, false);
    const fail = (failure: RowFailure) => bench.plan.settled(bench.next, { kind: "failed", failure })?.failure;
    expect([fail(missing), fail(unfinished)]).toEqual([refusal, unfinished]);
  });

  it("is read before anything else where the row may be its own work", () => {
    const bench = new Bench(2, 1);
    const uncertain = { ...bench.operation, uncertainAt: 5 };
    expect(bench.plan.exists(uncertain, refusal, false)).toBe(false);
    expect(bench.plan.exists(uncertain, refusal, true)).toBe(true);
  });

  it("has no third half", () => {
    const bench = new Bench(2, 1);
    bench.plan.exists(bench.operation, refusal, false);
    expect(bench.plan.exists(bench.next, refusal, false)).toBe(false);
    const plain = new Bench(2);
    expect(plain.plan.exists(plain.operation, refusal, false)).toBe(false);
  });
});
