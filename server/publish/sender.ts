/**
 * One batch on its way: sends it, reads what became of each operation, and acts on the class of each answer. It knows nothing of
 * streams: whoever settles, repeats or stops is told so.
 */
import type { Clock } from "../core/clock.ts";
import { asSidecarError, SidecarError } from "../core/errors.ts";
import type { RowFailure } from "../core/outcome.ts";
import { batchHeaders } from "../dataverse/batch-body.ts";
import type { PartReply } from "../dataverse/batch-reply.ts";
import { readBatchReply } from "../dataverse/batch-reply.ts";
import { ruleFor } from "../dataverse/fault-table.ts";
import { classifyReply, judge, readServiceError } from "../dataverse/faults.ts";
import type { Mapping } from "../dataverse/mapping.ts";
import type { Reply } from "../transport/http.ts";
import type { Trail } from "../transport/retry.ts";
import { SendFailure } from "../transport/retry.ts";
import type { Batch, Operation } from "./batch.ts";
import { bodyOf } from "./batch.ts";
import type { Verdict } from "./ledger.ts";
import type { Principal } from "./principal.ts";

/** With the wait below: about a minute and a half of a service that fails this row alone. */
export const operationAttemptsMax = 8;
const backoffFirstMs = 500;
const backoffMaxMs = 30_000;

export interface SenderOptions {
  readonly mapping: Mapping;
  readonly clock: Clock;
  /** Aborted when nothing more may be sent. */
  readonly signal: AbortSignal;
  readonly settle: (operation: Operation, verdict: Omit<Verdict, "attempts">) => void;
  /** The operation may go again, not before `at` in the clock's milliseconds. */
  readonly again: (operation: Operation, at: number) => void;
  /** Goes again at once, as a batch of its own. */
  readonly resend: (batch: Batch) => void;
  /** The operation was not applied and will not be sent again. */
  readonly giveUp: (operation: Operation) => void;
  /** The run cannot go on, for this reason. */
  readonly stop: (reason: SidecarError) => void;
  /** Duplicate answers prove nothing: these rows must be read back. */
  readonly doubt: (doubts: readonly Doubt[], principal: Principal) => Promise<void>;
  /** Every exchange with the service, for the summary and for the lanes. */
  readonly learn: (principal: Principal, reply: Reply | undefined, trail: Trail) => void;
}

export interface Doubt {
  readonly operation: Operation;
  /** What the row fails with when it turns out absent. */
  readonly failure: RowFailure;
}

export const noReply: RowFailure = {
  code: "outcome_unknown",
  message:
    "The service gave no readable answer, and may or may not have applied the row. Replay it: nothing is doubled.",
  retryable: true,
};

const noTime: RowFailure = {
  code: "deadline_passed",
  message: "The service was busy or away for longer than this server waits. Replay the row later.",
  retryable: true,
};

/** What the parts of one reply share. */
interface Around {
  readonly doubts: Doubt[];
  readonly principal: Principal;
  readonly chance: number;
}

interface Repetition {
  readonly uncertain: boolean;
  /** In [0, 1), drawn once for a batch: what failed together goes again together, and not as a hundred requests. */
  readonly chance: number;
  /** Not before, in the clock's milliseconds; absent = after a jittered wait. */
  readonly at?: number | undefined;
}

export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Resolves when every operation of the batch has been settled, queued again or given up. Rejects for a defect alone. */
  async send(batch: Batch, principal: Principal): Promise<void> {
    const { operations } = batch;
    try {
      const request = { method: "POST", path: "$batch", headers: batchHeaders, body: bodyOf(batch) } as const;
      const reply = await principal.send(request, { signal: this.#options.signal });
      this.#options.learn(principal, reply, reply);
      this.#charge(operations, reply);
      await this.#read(operations, reply, principal);
    } catch (thrown) {
      this.#unanswered(operations, thrown, principal);
    }
  }

  #charge(operations: readonly Operation[], trail: Trail): void {
    for (const operation of operations) {
      operation.attempts += Math.max(1, trail.attempts);
      if (trail.uncertain) operation.uncertainAt = this.#options.clock.now();
    }
  }

  async #read(operations: readonly Operation[], reply: Reply, principal: Principal): Promise<void> {
    const kind = classifyReply(reply.status, reply.headers, reply.body);
    switch (kind.remedy) {
      case "none":
        if (kind.code === "answered") return await this.#readParts(operations, reply, principal);
        return this.#refused(operations, reply);
      case "split":
        if (!kind.uncertain) return this.#refused(operations, reply);
        for (const operation of operations) operation.uncertainAt = this.#options.clock.now();
        if (operations.length > 1) return this.#halve(operations);
        // Alone and still cut off, a row is no more refused than acknowledged.
        return this.#repeatAll(operations, noReply, true);
      case "stop":
        return this.#forbidden(operations, reply);
      case "gate":
      case "backoff":
      case "reauthorize":
        return this.#repeatAll(operations, noTime, kind.uncertain);
    }
  }

  #repeatAll(operations: readonly Operation[], failure: RowFailure, uncertain: boolean): void {
    const chance = this.#options.clock.random();
    for (const operation of operations) this.#repeat(operation, failure, { uncertain, chance });
  }

  async #readParts(operations: readonly Operation[], reply: Reply, principal: Principal): Promise<void> {
    const parts = this.#parts(operations, reply);
    if (parts === undefined) return this.#repeatAll(operations, noReply, true);
    const doubts: Doubt[] = [];
    const around = { doubts, principal, chance: this.#options.clock.random() };
    for (const [i, operation] of operations.entries()) {
      const part = parts[i];
      if (part !== undefined) this.#judge(operation, part, around);
    }
    if (doubts.length > 0) await this.#options.doubt(doubts, principal);
  }

  #parts(operations: readonly Operation[], reply: Reply): readonly PartReply[] | undefined {
    try {
      const parts = readBatchReply(reply.headers["content-type"] ?? "", reply.body, operations.length);
      const minted = operations[0]?.id !== undefined;
      return minted && areSwapped(parts, operations) ? undefined : parts;
    } catch (thrown) {
      if (asSidecarError(thrown).code === "outcome_unknown") return undefined;
      throw thrown;
    }
  }

  #judge(operation: Operation, part: PartReply, around: Around): void {
    const verdict = judge(part, this.#options.mapping, operation.uncertainAt > 0, operation.part);
    switch (verdict.kind) {
      case "applied": {
        const isReturned = this.#options.mapping.request.returning === "ALL";
        const id = operation.id ?? (isReturned ? verdict.id : undefined);
        this.#options.settle(operation, {
          kind: verdict.outcome,
          httpStatus: part.status,
          ...(id === undefined ? {} : { id }),
        });
        return;
      }
      case "failed":
        this.#fail(operation, verdict.failure);
        return;
      case "duplicate":
        around.doubts.push({ operation, failure: verdict.failure });
        return;
      case "again": {
        const throttled = verdict.attempt.remedy === "gate";
        if (throttled) around.principal.gate.heed(part);
        const at = throttled ? around.principal.gate.openAt : undefined;
        this.#repeat(operation, verdict.failure, { uncertain: verdict.attempt.uncertain, chance: around.chance, at });
      }
    }
  }

  #repeat(operation: Operation, failure: RowFailure, { uncertain, chance, at }: Repetition): void {
    const now = this.#options.clock.now();
    if (uncertain) operation.uncertainAt = now;
    if (operation.attempts >= operationAttemptsMax) {
      this.#fail(operation, operation.uncertainAt > 0 ? noReply : failure);
      return;
    }
    const jittered = chance * Math.min(backoffMaxMs, backoffFirstMs * 2 ** operation.attempts);
    this.#options.again(operation, at ?? now + jittered);
  }

  /** The service refused the whole request: halves find the operation that it cannot bear. */
  #refused(operations: readonly Operation[], reply: Reply): void {
    const [first] = operations;
    if (operations.length === 1 && first !== undefined) {
      const { code, message } = readServiceError(reply.body);
      const { says } = ruleFor(reply.status, code, message);
      const tooLarge = reply.status === 413;
      this.#fail(first, {
        code: tooLarge ? "row_too_large" : "row_rejected",
        message: tooLarge ? "The service finds this row alone too large." : says,
        ...(code === "" ? {} : { serviceCode: code }),
        httpStatus: reply.status,
        retryable: false,
      });
      return;
    }
    this.#halve(operations);
  }

  #halve(operations: readonly Operation[]): void {
    const half = operations.length >> 1;
    this.#options.resend({ way: "batch", operations: operations.slice(0, half) });
    this.#options.resend({ way: "batch", operations: operations.slice(half) });
  }

  #forbidden(operations: readonly Operation[], reply: Reply): void {
    const { code } = readServiceError(reply.body);
    const reason = new SidecarError(
      "principal_forbidden",
      `The service forbids this application user to write (${code}).`,
      {
        remedy: "Give it a security role with create, write and append on the table, then resume the run.",
      },
    );
    this.#end(operations, reason);
  }

  #unanswered(operations: readonly Operation[], thrown: unknown, principal: Principal): void {
    const error = asSidecarError(thrown);
    // A defect of our own: nobody knows which of them have settled, so the stream ends with an error status.
    if (error.code === "internal") throw thrown;
    if (error instanceof SendFailure) {
      this.#options.learn(principal, undefined, error.trail);
      this.#charge(operations, error.trail);
    }
    if (error.code === "deadline_passed" || error.code === "outcome_unknown") {
      for (const operation of operations) this.#fail(operation, operation.uncertainAt > 0 ? noReply : noTime);
    } else this.#end(operations, error);
  }

  /** The run stops, or is stopped: what may have been applied is said so, the rest was not sent. */
  #end(operations: readonly Operation[], reason: SidecarError): void {
    if (!this.#options.signal.aborted) this.#options.stop(reason);
    for (const operation of operations) {
      if (operation.uncertainAt > 0) this.#fail(operation, noReply);
      else this.#options.giveUp(operation);
    }
  }

  #fail(operation: Operation, failure: RowFailure): void {
    this.#options.settle(operation, {
      kind: "failed",
      failure,
      ...(operation.id === undefined ? {} : { id: operation.id }),
    });
  }
}

/** Parts in another order than their operations: then no part of the reply can be believed. */
function areSwapped(parts: readonly PartReply[], operations: readonly Operation[]): boolean {
  const named = parts.map((part) =>
    /\(([0-9a-f-]{36})\)$/i.exec(part.headers["odata-entityid"] ?? "")?.[1]?.toLowerCase(),
  );
  const strange = named.filter((id, i) => id !== undefined && id !== operations[i]?.id);
  if (strange.length === 0) return false;
  const sent = new Set(operations.map((operation) => operation.id));
  return strange.some((id) => sent.has(id));
}
