/**
 * What becomes of an operation: its row is settled, it is sent again, or it is given up; and what follows for its key. After the
 * stream has halted nothing is sent: what was never sent is skipped, and what may have been applied is told so.
 */
import type { Clock } from "../core/clock.ts";
import type { RowFailure } from "../core/outcome.ts";
import type { Mapping } from "../dataverse/mapping/mapping.ts";
import type { Batcher } from "./batching/batcher.ts";
import { blockedByEarlierRow } from "./batching/batcher.ts";
import type { KeyOrder } from "./order/key-order.ts";
import type { LateWrites } from "./order/late-writes.ts";
import type { Batch, Operation } from "./rows/batch.ts";
import { attemptsOf } from "./rows/batch.ts";
import type { Ledger, Verdict } from "./rows/ledger.ts";
import { Plan, unfinished } from "./rows/plan.ts";
import { noReply } from "./rows/settlement.ts";

export interface FatesOptions {
  readonly mapping: Mapping;
  readonly ledger: Ledger;
  readonly keys: KeyOrder<Operation>;
  readonly late: Pick<LateWrites, "note">;
  readonly batcher: Pick<Batcher, "stepAfter" | "goOn" | "again" | "free" | "resend" | "judge">;
  readonly clock: Pick<Clock, "now">;
  /** Aborted when nothing more may be sent. */
  readonly halted: AbortSignal;
  /** A row of this key was written by this stream. */
  readonly wrote: (key: number) => void;
  /** Something can be sent at a time to come. */
  readonly pump: () => void;
}

export class Fates {
  readonly #options: FatesOptions;
  readonly #plan: Plan;

  constructor(options: FatesOptions) {
    this.#options = options;
    this.#plan = new Plan({
      updateStep: options.mapping.updateStep,
      next: (operation) => options.batcher.stepAfter(operation),
      go: (operation) => this.#goOn(operation),
    });
  }

  /** The row is there. @returns false if nothing follows from it but reading: see `Plan.exists`. */
  exists(operation: Operation, refusal: RowFailure | undefined, wasRead: boolean): boolean {
    return this.#plan.exists(operation, refusal, wasRead);
  }

  /** This operation came to that; its row settles unless another step follows. */
  settle(operation: Operation, verdict: Verdict): void {
    const whole = this.#plan.settled(operation, verdict);
    if (whole !== undefined) this.conclude(operation, whole);
  }

  /** The row settles, whatever its plan has left. */
  conclude(operation: Operation, verdict: Verdict): void {
    const { ledger, late, mapping } = this.#options;
    const attempts = attemptsOf(operation);
    ledger.settle(operation.slab, operation.row, verdict, attempts);
    const { key, before, step } = operation;
    if (key === -1) return;
    const uncertainAt = Math.max(operation.uncertainAt, before?.uncertainAt ?? 0);
    // Creating never overwrites: a late INSERT can land on nothing newer.
    const overwrites = step > 0 || mapping.request.mode !== "INSERT";
    if (uncertainAt > 0 && overwrites) late.note(key, uncertainAt);
    if (verdict.failure === undefined && attempts > 0) this.#options.wrote(key);
    if (verdict.failure?.retryable === true) this.#block(key);
    else this.#succeed(key);
  }

  /** The row cannot be sent. */
  refuse(operation: Operation, failure: RowFailure): void {
    const { mode, onMissing } = this.#options.mapping.request;
    const isGone = failure.code === "row_missing" && mode === "DELETE" && onMissing === "ACCEPT";
    this.settle(operation, isGone ? { kind: "unchanged" } : { kind: "failed", failure });
  }

  /** At a time of the clock, milliseconds. */
  again(operation: Operation, at: number): void {
    const { batcher, halted, pump } = this.#options;
    if (!halted.aborted) {
      batcher.again(operation, at);
      pump();
    } else if (operation.uncertainAt > 0) this.settle(operation, { kind: "failed", failure: noReply });
    else this.giveUp(operation);
  }

  /** At once, among rows that were not tested. */
  putBack(operations: readonly Operation[]): void {
    const { batcher, halted, clock } = this.#options;
    for (const operation of operations) {
      if (halted.aborted) this.again(operation, 0);
      else batcher.again(operation, clock.now());
    }
  }

  /** As one request. */
  resend(batch: Batch): void {
    if (this.#options.halted.aborted) this.putBack([...batch.operations, ...(batch.suspects ?? [])]);
    else this.#options.batcher.resend(batch);
  }

  /** Each by a part of its own. */
  judge(operations: readonly Operation[]): void {
    if (this.#options.halted.aborted) this.putBack(operations);
    else this.#options.batcher.judge(operations);
  }

  /** It will not be sent; an earlier step of the row may have been. */
  giveUp(operation: Operation): void {
    if (operation.before === undefined) this.#options.ledger.skip(operation.slab, operation.row);
    else this.settle(operation, { kind: "failed", failure: unfinished });
  }

  #goOn(operation: Operation): void {
    if (this.#options.halted.aborted) this.again(operation, 0);
    else this.#options.batcher.goOn(operation);
  }

  #succeed(key: number): void {
    const { keys, batcher } = this.#options;
    const next = keys.release(key);
    if (next !== undefined) batcher.free(next);
  }

  #block(key: number): void {
    const { keys, ledger } = this.#options;
    for (const successor of keys.block(key)) {
      ledger.settle(successor.slab, successor.row, { kind: "failed", failure: blockedByEarlierRow }, 0);
    }
  }
}
