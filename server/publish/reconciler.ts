/**
 * Settles by reading. A duplicate answer names no key and a plug-in can cause it, so it is neither success nor failure: the row is
 * read back, and what stands there decides (design 3.5).
 */
import type { Clock } from "../core/clock.ts";
import { asSidecarError } from "../core/errors.ts";
import type { RowFailure } from "../core/outcome.ts";
import { assemble, batchHeaders } from "../dataverse/batch-body.ts";
import type { PartReply } from "../dataverse/batch-reply.ts";
import { readBatchReply } from "../dataverse/batch-reply.ts";
import type { Mapping } from "../dataverse/mapping.ts";
import type { ReadBack } from "../dataverse/read-back.ts";
import { compareReadBack, readBackParts } from "../dataverse/read-back.ts";
import { SendFailure } from "../transport/retry.ts";
import type { Operation } from "./batch.ts";
import type { Principal } from "./principal.ts";
import type { SenderOptions } from "./sender.ts";
import type { Doubt } from "./settlement.ts";
import { noReply, operationAttemptsMax, outcomes } from "./settlement.ts";

/** A row takes one part, and one more for each lookup by key; half of the 1,000 that a batch may have. */
const partsMax = 500;
/** Before the row is sent or read again. */
const againMs = 1000;

export interface ReconcilerOptions
  extends Pick<SenderOptions, "mapping" | "signal" | "settle" | "again" | "learn" | "giveUp" | "stop"> {
  readonly clock: Clock;
}

interface Question {
  readonly doubt: Doubt;
  readonly parts: readonly Buffer[];
}

const differentRow: RowFailure = {
  code: "duplicate_key_in_input",
  message:
    "Another row with this key stands in Dataverse with other values. Make the row key unique, or publish with UPSERT.",
  retryable: false,
};

const changedRow: RowFailure = {
  code: "outcome_unknown",
  message:
    "A reply was lost, and the row stands in Dataverse with other values than were sent: another row has its key, or logic in the service changed it.",
  retryable: false,
};

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #mapping: Mapping;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#mapping = options.mapping;
  }

  /**
   * Resolves when each doubt has been settled or its operation queued again, with the operations that nothing refused and whose
   * rows are not there. Never rejects for reasons of the service.
   */
  async read(doubts: readonly Doubt[], principal: Principal): Promise<readonly Operation[]> {
    const missing: Operation[] = [];
    let chunk: Question[] = [];
    let size = 0;
    for (const doubt of doubts) {
      const parts = readBackParts(doubt.operation.part, this.#mapping, doubt.operation.id);
      if (size + parts.length > partsMax && chunk.length > 0) {
        missing.push(...(await this.#ask(chunk, principal)));
        chunk = [];
        size = 0;
      }
      chunk.push({ doubt, parts });
      size += parts.length;
    }
    if (chunk.length > 0) missing.push(...(await this.#ask(chunk, principal)));
    return missing;
  }

  async #ask(questions: readonly Question[], principal: Principal): Promise<readonly Operation[]> {
    const missing: Operation[] = [];
    const parts = questions.flatMap((question) => question.parts);
    const answers = await this.#answers(parts, principal);
    let at = 0;
    for (const { doubt, parts: asked } of questions) {
      const replies = answers?.slice(at, at + asked.length) ?? [];
      at += asked.length;
      const found: ReadBack =
        answers === undefined ? { kind: "unreadable" } : compareReadBack(doubt.operation.part, this.#mapping, replies);
      if (found.kind === "absent" && doubt.failure === undefined) missing.push(doubt.operation);
      else this.#settle(doubt.operation, doubt.failure ?? noReply, found);
    }
    return missing;
  }

  async #answers(parts: readonly Buffer[], principal: Principal): Promise<readonly PartReply[] | undefined> {
    try {
      const request = { method: "POST", path: "$batch", headers: batchHeaders, body: assemble(parts) } as const;
      const reply = await principal.send(request, { signal: this.#options.signal });
      this.#options.learn(principal, reply, reply);
      const answers = readBatchReply(reply.headers["content-type"] ?? "", reply.body, parts.length);
      // A read is throttled like a write; the row is read again when it is sent again, behind the gate.
      for (const answer of answers) if (answer.status === 429) principal.gate.heed(answer);
      return answers;
    } catch (thrown) {
      const error = asSidecarError(thrown);
      if (error.code === "internal") throw thrown;
      if (error instanceof SendFailure) this.#options.learn(principal, undefined, error.trail);
      if (error.code === "credentials_rejected" || error.code === "principal_forbidden") this.#options.stop(error);
      return undefined;
    }
  }

  #settle(operation: Operation, failure: RowFailure, found: ReadBack): void {
    const insert = this.#mapping.request.mode === "INSERT";
    const uncertain = operation.uncertainAt > 0;
    switch (found.kind) {
      case "same": {
        const kind = uncertain ? outcomes[this.#mapping.request.mode] : "unchanged";
        this.#options.settle(operation, { kind, id: found.id });
        return;
      }
      case "different":
        if (insert) this.#fail(operation, { ...(uncertain ? changedRow : differentRow), ...evidence(failure) });
        else if (failure.code === "row_changed") this.#fail(operation, failure);
        else this.#retry(operation, failure);
        return;
      case "absent":
        this.#fail(operation, failure);
        return;
      case "unreadable":
        this.#retry(operation, { ...noReply, ...evidence(failure) });
    }
  }

  /** An upsert that met a row made by someone else in the meantime finds it now; a key that belongs to another row stays one. */
  #retry(operation: Doubt["operation"], failure: RowFailure): void {
    if (this.#options.signal.aborted && operation.uncertainAt === 0) this.#options.giveUp(operation);
    else if (operation.attempts >= operationAttemptsMax || this.#options.signal.aborted) this.#fail(operation, failure);
    else this.#options.again(operation, this.#options.clock.now() + againMs);
  }

  #fail(operation: Doubt["operation"], failure: RowFailure): void {
    const { id } = operation;
    this.#options.settle(operation, { kind: "failed", failure, ...(id === undefined ? {} : { id }) });
  }
}

function evidence(failure: RowFailure): Partial<RowFailure> {
  const { serviceCode, httpStatus, requestId } = failure;
  return {
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
