/**
 * What becomes of the rows of a bulk request. On a standard table one bad row undoes it: then a first part is tested apart, and the
 * rest waits for what that part says (group-testing.ts). No row is acknowledged that the service did not confirm, and none is sent
 * again unread where it may have been created.
 */
import type { Clock } from "../../core/clock.ts";
import type { BulkReply } from "../../dataverse/answers/bulk-reply.ts";
import { readBulkReply } from "../../dataverse/answers/bulk-reply.ts";
import { ruleFor } from "../../dataverse/answers/fault-table.ts";
import { readServiceError } from "../../dataverse/answers/faults.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import { isElastic } from "../../dataverse/rows/elastic.ts";
import type { PartReply } from "../../dataverse/wire/batch-reply.ts";
import type { Lane, LaneReply } from "../../schedule/lane.ts";
import type { Batch, Operation } from "../rows/batch.ts";
import type { Applied, Around, Doubt, Settlement } from "../rows/settlement.ts";
import { noReply, outcomes } from "../rows/settlement.ts";
import type { Strategy } from "../splitting/strategy.ts";

export interface BulkAnswersOptions {
  readonly mapping: Mapping;
  readonly clock: Clock;
  readonly strategy: Strategy;
  readonly settlement: Settlement;
  /** Goes at once, as a batch of its own. */
  readonly resend: (batch: Batch) => void;
  /** Each is to be told its own fate, by a `$batch`. */
  readonly judge: (operations: readonly Operation[]) => void;
  /** Untested again: joins whatever goes next. */
  readonly putBack: (operations: readonly Operation[]) => void;
  /** Reads these rows; resolves with those that nothing refused and that are not there, or cannot be read. */
  readonly doubt: (doubts: readonly Doubt[], lane: Lane) => Promise<readonly Operation[]>;
}

export class BulkAnswers {
  readonly #options: BulkAnswersOptions;
  readonly #elastic: boolean;
  readonly #applied: Applied;

  constructor(options: BulkAnswersOptions) {
    this.#options = options;
    this.#elastic = isElastic(options.mapping.table);
    this.#applied = { outcome: outcomes[options.mapping.request.mode], id: undefined };
  }

  /** Resolves when each row of the batch, and of what waits for it, has been settled or queued again. */
  async read(batch: Batch, part: LaneReply, lane: Lane): Promise<void> {
    const { operations } = batch;
    const { mapping, settlement } = this.#options;
    const { mode } = mapping.request;
    const reply = readBulkReply(part, {
      mode,
      elastic: this.#elastic,
      // Most replies hold none that they would have to match.
      get ids() {
        return operations.map(({ id }) => id);
      },
    });
    const around = { doubts: [], lane, chance: this.#options.clock.random() };
    this.#learn(operations.length, reply, part.seconds);
    switch (reply.kind) {
      case "applied":
        lane.permitted();
        settlement.applyAll(operations, this.#applied, part.status);
        return this.#vindicated(batch);
      case "partly":
        return await this.#judgeTargets(batch, reply.refused, around);
      case "untold":
        return this.#options.judge(await this.#unread(batch, lane));
      case "unsupported":
        this.#options.strategy.withoutBulk();
        return this.#options.judge(all(batch));
      case "refused":
        return await this.#refused(batch, part, around);
      case "unknown":
        return await this.unanswered(batch, lane);
    }
  }

  /** The request may have been applied, and nobody knows: what a create may have made is read before anything is sent again. */
  async unanswered(batch: Batch, lane: Lane, failure = noReply): Promise<void> {
    this.#options.settlement.repeatAll(await this.#unread(batch, lane), failure, true);
  }

  /** Resolves with the operations that may be sent again. */
  async #unread({ operations, suspects = [] }: Batch, lane: Lane): Promise<readonly Operation[]> {
    const { putBack, mapping, clock } = this.#options;
    putBack(suspects);
    const now = clock.now();
    for (const operation of operations) operation.uncertainAt = now;
    return mapping.request.mode === "INSERT" ? await this.#readAll(operations, lane) : operations;
  }

  /** Resolves with the rows that are not there. */
  async #readAll(operations: readonly Operation[], lane: Lane): Promise<readonly Operation[]> {
    const doubts = operations.map((operation) => ({ operation, failure: undefined }));
    return await this.#options.doubt(doubts, lane);
  }

  #learn(rows: number, reply: BulkReply, seconds: number): void {
    const { strategy } = this.#options;
    switch (reply.kind) {
      case "applied":
        strategy.answered("bulk", rows, seconds);
        strategy.judged(rows, 0);
        return;
      case "partly":
        strategy.answered("bulk", rows, seconds);
        return;
      case "refused":
        strategy.refused(rows, seconds);
        return;
      case "untold":
      case "unsupported":
      case "unknown":
        strategy.refused(rows, undefined);
    }
  }

  /** The tested part was good, so that a bad row is among the rest. */
  #vindicated({ suspects = [] }: Batch): void {
    if (suspects.length > 0) this.#takeApart(suspects);
  }

  async #refused(batch: Batch, part: PartReply, around: Around): Promise<void> {
    const { operations, suspects = [] } = batch;
    const { mapping, strategy, settlement, doubt, putBack } = this.#options;
    if (suspects.length > 0) putBack(suspects);
    const { code, message } = readServiceError(part.body);
    const { fault } = ruleFor(part.status, code, message);
    const [only] = operations;
    // What a whole request is forbidden, a row of it alone need not be: only a part tells.
    if (operations.length === 1 && only !== undefined && fault !== "forbidden") {
      const isGood = settlement.judge(only, part, around);
      if (!isGood) strategy.judged(1, 1);
      if (around.doubts.length > 0) await doubt(around.doubts, around.lane);
      return;
    }
    // Undone because of another row, it was no attempt of this one.
    for (const operation of operations) operation.attempts -= 1;
    if (fault === "forbidden") return this.#options.judge(operations);
    if (fault !== "duplicate" || mapping.request.mode !== "INSERT") return this.#takeApart(operations);
    // Rows of an earlier try stand there already: reading finds them all at once, testing one by one.
    const missing = await this.#readAll(operations, around.lane);
    if (missing.length < operations.length) putBack(missing);
    else this.#takeApart(operations);
  }

  /** Among these operations is at least one that the service refuses. */
  #takeApart(operations: readonly Operation[]): void {
    const { strategy, resend, judge } = this.#options;
    const first = operations.length === 1 ? 0 : strategy.firstPart(operations.length);
    if (first === 0) judge(operations);
    else resend({ way: "bulk", operations: operations.slice(0, first), suspects: operations.slice(first) });
  }

  async #judgeTargets({ operations }: Batch, refused: ReadonlyMap<number, PartReply>, around: Around): Promise<void> {
    const { settlement, doubt } = this.#options;
    const untold: Operation[] = [];
    for (const [index, operation] of operations.entries()) {
      const own = refused.get(index);
      if (own === undefined) settlement.apply(operation, this.#applied, 200);
      else if (settlement.judgeTarget(operation, own, around) === "untold") untold.push(operation);
    }
    this.#options.judge(untold);
    if (around.doubts.length > 0) await doubt(around.doubts, around.lane);
  }
}

function all({ operations, suspects = [] }: Batch): readonly Operation[] {
  return [...operations, ...suspects];
}
