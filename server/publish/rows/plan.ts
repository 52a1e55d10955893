/**
 * A row whose plan has several operations settles once: after each applied step comes the next one that has something to do, under
 * the same key. What was written by earlier steps is never called unsent: a row that ends between two steps is partly applied.
 */
import type { RowFailure } from "../../core/outcome.ts";
import type { Operation } from "./batch.ts";
import { attemptsOf, unsent } from "./batch.ts";
import type { Verdict } from "./ledger.ts";

export interface PlanOptions {
  /** As of the mapping. */
  readonly updateStep: number | undefined;
  /** The next step that has something to do for the row, after the operation's own; undefined: it was the last. */
  readonly next: (operation: Operation) => number | undefined;
  /** Sends the operation, before rows that were not begun. */
  readonly go: (operation: Operation) => void;
}

/** The run ended after an earlier step. */
export const unfinished: RowFailure = {
  code: "partly_applied",
  message: "The run ended before the later steps of the row were sent. Replay the row: it goes on there.",
  retryable: true,
};

export class Plan {
  readonly #options: PlanOptions;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /**
   * The row is there, so that the first step was refused or would be: a step that only updates takes its place, if the plan has one.
   * @returns false if it has none, or if it may be this row's own work that was met: then only reading tells.
   */
  exists(operation: Operation, refusal: RowFailure | undefined, wasRead: boolean): boolean {
    const { updateStep: step } = this.#options;
    const isOwn = operation.uncertainAt > 0 && !wasRead;
    if (step === undefined || operation.step !== 0 || isOwn) return false;
    this.#options.go({ ...operation, step, bytes: unsent, way: "batch", ...(refusal && { refusal }) });
    return true;
  }

  /** What the row settles with; undefined: its next step goes out now. */
  settled(operation: Operation, verdict: Verdict): Verdict | undefined {
    const whole = together(operation, this.#plain(operation, verdict));
    if (verdict.kind === "failed") return whole;
    const step = this.#options.next(operation);
    if (step === undefined) return whole;
    const uncertainAt = Math.max(operation.uncertainAt, operation.before?.uncertainAt ?? 0);
    this.#options.go({
      ...operation,
      step,
      bytes: unsent,
      way: "batch",
      attempts: 0,
      uncertainAt: 0,
      before: { verdict: whole, attempts: attemptsOf(operation), uncertainAt },
    });
    return undefined;
  }

  /** Of an upsert in two halves each tells what it did; and where the second finds no row, the first was refused for its own reason. */
  #plain(operation: Operation, verdict: Verdict): Verdict {
    const { updateStep } = this.#options;
    const { step, refusal } = operation;
    if (updateStep !== undefined && step === 0 && verdict.kind === "upserted") return { ...verdict, kind: "created" };
    const isMissing = step === updateStep && verdict.failure?.code === "row_missing";
    return isMissing && refusal !== undefined ? { ...verdict, failure: refusal } : verdict;
  }
}

/** The verdict of all steps up to this one. */
function together({ before }: Operation, verdict: Verdict): Verdict {
  if (before === undefined) return verdict;
  const { kind, id } = before.verdict;
  const own = verdict.id ?? id;
  const { failure } = verdict;
  return {
    ...verdict,
    // What stood there already was changed by the later step.
    kind: failure === undefined && kind !== "unchanged" ? kind : verdict.kind,
    ...(failure === undefined ? {} : { failure: partly(failure) }),
    ...(own === undefined ? {} : { id: own }),
  };
}

function partly(failure: RowFailure): RowFailure {
  if (failure.code === "partly_applied") return failure;
  return { ...failure, code: "partly_applied", message: `The row was written, but not all of it: ${failure.message}` };
}
