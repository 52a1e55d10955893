/**
 * Acts on what the service said of one operation: settles it, lets it go again after a wait, or has its row read. It knows nothing of
 * requests: whoever read the answer tells it the verdict.
 */
import type { Clock } from "../../core/clock.ts";
import type { RowCode } from "../../core/errors.ts";
import type { RowFailure } from "../../core/outcome.ts";
import { ruleFor } from "../../dataverse/answers/fault-table.ts";
import { judge, judgeTarget, readServiceError } from "../../dataverse/answers/faults.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import type { PartReply } from "../../dataverse/wire/batch-reply.ts";
import { sessionTokenOf } from "../../dataverse/wire/session-token.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Operation } from "./batch.ts";
import { partOf } from "./batch.ts";
import type { Verdict } from "./ledger.ts";

/** With the wait below: about a minute and a half of a service that fails this row alone. */
export const operationAttemptsMax = 8;
const backoffFirstMs = 500;
const backoffMaxMs = 30_000;

export interface SettlementOptions {
  readonly mapping: Mapping;
  readonly clock: Clock;
  readonly settle: (operation: Operation, verdict: Verdict) => void;
  /** The operation may go again, not before `at` in the clock's milliseconds. */
  readonly again: (operation: Operation, at: number) => void;
  /** The row of an upsert was there already; false if the plan says nothing about that. `wasRead`: it is not what was sent. */
  readonly exists: (operation: Operation, refusal: RowFailure | undefined, wasRead: boolean) => boolean;
  /** So many rows of one request go again, for want of an answer that tells their fate. */
  readonly repeated?: (code: RowCode, rows: number) => void;
}

/** A row whose fate only reading tells. */
export interface Doubt {
  readonly operation: Operation;
  /** What the row fails with when it turns out absent; undefined: then it goes again, for it was not refused. */
  readonly failure: RowFailure | undefined;
}

export const noReply: RowFailure = {
  code: "outcome_unknown",
  message:
    "The service gave no readable answer, and may or may not have applied the row. Replay it: nothing is doubled.",
  retryable: true,
};

export const noTime: RowFailure = {
  code: "deadline_passed",
  message: "The service was busy or away for longer than this server waits. Replay the row later.",
  retryable: true,
};

/** @param why a sentence without a value: what there was in place of an answer. */
export function because(failure: RowFailure, why: string): RowFailure {
  return { ...failure, message: `${failure.message} ${why.replace(/\.?$/, ".")}` };
}

/** What an applied operation is, where no reply says it more exactly. */
export const outcomes = { INSERT: "created", UPDATE: "updated", UPSERT: "upserted", DELETE: "deleted" } as const;

/** What a reply says of an applied row. Its `id` is asked for where the client sees the row. */
export interface Applied {
  readonly outcome: Verdict["kind"];
  readonly id: string | undefined;
}

/** What the verdicts of one reply share. */
export interface Around {
  readonly doubts: Doubt[];
  readonly lane: Lane;
  /** In [0, 1), drawn once for a reply: what failed together goes again together, and not as a hundred requests. */
  readonly chance: number;
}

/** What was said of one operation. */
interface Answer {
  readonly part: PartReply;
  readonly around: Around;
  /** The headers are the answer's to this row alone; a session token of many rows may be of another one's partition. */
  readonly isOwn: boolean;
}

interface Repetition {
  readonly uncertain: boolean;
  readonly chance: number;
  /** Not before, in the clock's milliseconds; absent = after a jittered wait. */
  readonly at?: number | undefined;
}

export class Settlement {
  readonly #options: SettlementOptions;
  readonly #later: Mapping;
  /** Of the rows applied last. */
  #plain: Verdict = { kind: "unchanged" };

  constructor(options: SettlementOptions) {
    this.#options = options;
    // Every later step changes the row that the first one wrote or found, so its answers are those of an update.
    this.#later = { ...options.mapping, request: { ...options.mapping.request, mode: "UPDATE" } };
  }

  /** What the service said of this operation alone; false when it refused the row. */
  judge(operation: Operation, part: PartReply, around: Around): boolean {
    const mapping = operation.step === 0 ? this.#options.mapping : this.#later;
    // A success is a success whatever was sent.
    const sent = part.status < 300 ? undefined : partOf(operation);
    return this.#act(operation, judge(part, mapping, operation.uncertainAt > 0, sent), { part, around, isOwn: true });
  }

  /** What the status of one target says of it; "untold": the row was refused, and only a part of its own tells why. */
  judgeTarget(operation: Operation, part: PartReply, around: Around): boolean | "untold" {
    const verdict = judgeTarget(part, this.#options.mapping, operation.uncertainAt > 0);
    return verdict === undefined ? "untold" : this.#act(operation, verdict, { part, around, isOwn: false });
  }

  #act(operation: Operation, verdict: ReturnType<typeof judge>, { part, around, isOwn }: Answer): boolean {
    switch (verdict.kind) {
      case "applied":
        this.apply(operation, verdict, part.status);
        return true;
      case "failed":
        if (this.#isNameless(operation)) around.doubts.push({ operation, failure: verdict.failure });
        else this.fail(operation, verdict.failure);
        return false;
      case "duplicate":
        if (this.#options.exists(operation, verdict.failure, false)) return true;
        // A later step has no row of its own that reading could find to be as sent.
        if (operation.step === 0 || this.#isNameless(operation)) {
          operation.sessionToken = isOwn ? sessionTokenOf(part) : undefined;
          around.doubts.push({ operation, failure: verdict.failure });
        } else this.fail(operation, verdict.failure);
        return false;
      case "again": {
        const throttled = verdict.attempt.remedy === "gate";
        const at = throttled ? around.lane.heed(part) : undefined;
        this.repeat(operation, verdict.failure, { uncertain: verdict.attempt.uncertain, chance: around.chance, at });
        return true;
      }
    }
  }

  /** Partly applied, under a key for which the service gave no id: whoever mends the row needs one. */
  #isNameless({ id, before }: Operation): boolean {
    const isFindable = this.#options.mapping.finding !== undefined;
    return isFindable && before !== undefined && (id ?? before.verdict.id) === undefined;
  }

  /** Those of one request. In an async function the loop would make an object for each row. */
  applyAll(operations: readonly Operation[], applied: Applied, httpStatus: number): void {
    for (const operation of operations) this.apply(operation, applied, httpStatus);
  }

  apply(operation: Operation, applied: Applied, httpStatus: number): void {
    const { request, steps } = this.#options.mapping;
    // A row of several steps may fail yet.
    const isReturned = request.returning === "ALL" || steps > 1;
    const id = isReturned ? (operation.id?.toString() ?? applied.id) : undefined;
    const plain = this.#plainly(applied.outcome, httpStatus);
    this.#options.settle(operation, id === undefined ? plain : { ...plain, id });
  }

  /** Rows that nobody sees share their verdict: one for each would be most of the garbage that is made. */
  #plainly(kind: Verdict["kind"], httpStatus: number): Verdict {
    if (this.#plain.kind !== kind || this.#plain.httpStatus !== httpStatus) this.#plain = { kind, httpStatus };
    return this.#plain;
  }

  repeatAll(operations: readonly Operation[], failure: RowFailure, uncertain: boolean): void {
    const chance = this.#options.clock.random();
    let rows = 0;
    for (const operation of operations) if (this.repeat(operation, failure, { uncertain, chance })) rows += 1;
    if (rows > 0) this.#options.repeated?.(failure.code, rows);
  }

  /** @param failure what the row fails with when no attempt is left. @returns whether one was. */
  repeat(operation: Operation, failure: RowFailure, { uncertain, chance, at }: Repetition): boolean {
    const now = this.#options.clock.now();
    if (uncertain) operation.uncertainAt = now;
    if (operation.attempts >= operationAttemptsMax) {
      const isTold = operation.uncertainAt === 0 || failure.code === "outcome_unknown";
      this.fail(operation, isTold ? failure : noReply);
      return false;
    }
    const jittered = chance * Math.min(backoffMaxMs, backoffFirstMs * 2 ** operation.attempts);
    this.#options.again(operation, at ?? now + jittered);
    return true;
  }

  /** The service refused a whole `$batch` that holds this operation alone. */
  refuse(operation: Operation, { status, body }: Pick<PartReply, "status" | "body">): void {
    const { code, message } = readServiceError(body);
    const tooLarge = status === 413;
    this.fail(operation, {
      code: tooLarge ? "row_too_large" : "row_rejected",
      message: tooLarge ? "The service finds this row alone too large." : ruleFor(status, code, message).says,
      ...(code === "" ? {} : { serviceCode: code }),
      httpStatus: status,
      retryable: false,
    });
  }

  fail(operation: Operation, failure: RowFailure): void {
    const id = operation.id?.toString();
    this.#options.settle(operation, { kind: "failed", failure, ...(id === undefined ? {} : { id }) });
  }
}
