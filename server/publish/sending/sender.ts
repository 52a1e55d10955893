/**
 * One batch on its way: sends it, reads what became of each operation, and acts on the class of each answer. It knows nothing of
 * streams: whoever settles, repeats or stops is told so.
 */
import { asSidecarError, SidecarError } from "../../core/errors.ts";
import type { RowFailure } from "../../core/outcome.ts";
import { classifyReply, lacksPrivilege, readServiceError } from "../../dataverse/answers/faults.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import { batchHeaders } from "../../dataverse/wire/batch-body.ts";
import type { Part } from "../../dataverse/wire/batch-reply.ts";
import { readBatchReply } from "../../dataverse/wire/batch-reply.ts";
import { bulkHeaders, bulkPath } from "../../dataverse/wire/bulk-body.ts";
import type { Lane, LaneReply } from "../../schedule/lane.ts";
import type { Reply, Request } from "../../transport/http.ts";
import type { Trail } from "../../transport/retry.ts";
import { SendFailure } from "../../transport/retry.ts";
import type { Batch, Operation } from "../rows/batch.ts";
import { bodyOf, partOf } from "../rows/batch.ts";
import type { Doubt, SettlementOptions } from "../rows/settlement.ts";
import { because, noReply, noTime, Settlement } from "../rows/settlement.ts";
import type { Strategy } from "../splitting/strategy.ts";
import { BulkAnswers } from "./bulk-answers.ts";
import { upload } from "./upload.ts";

export interface SenderOptions extends SettlementOptions {
  readonly strategy: Strategy;
  /** Aborted when nothing more may be sent. */
  readonly signal: AbortSignal;
  /** Goes again at once, as a batch of its own. */
  readonly resend: (batch: Batch) => void;
  /** Each goes again by a `$batch`, with whatever else is to be judged by itself. */
  readonly judge: (operations: readonly Operation[]) => void;
  /** May join any batch again. */
  readonly putBack: (operations: readonly Operation[]) => void;
  /** The operation was not applied and will not be sent again. */
  readonly giveUp: (operation: Operation) => void;
  /** The run cannot go on, for this reason. */
  readonly stop: (reason: SidecarError) => void;
  /** Only reading tells what became of these rows. Resolves with those that nothing refused and that are not there or unreadable. */
  readonly doubt: (doubts: readonly Doubt[], lane: Lane) => Promise<readonly Operation[]>;
  /** Every exchange with the service, for the summary. */
  readonly learn: (trail: Trail) => void;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #settlement: Settlement;
  readonly #bulk: BulkAnswers;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#settlement = new Settlement(options);
    this.#bulk = new BulkAnswers({ ...options, settlement: this.#settlement });
  }

  /** Resolves when every operation of the batch has been settled, queued again or given up. Rejects for a defect alone. */
  async send(batch: Batch, lane: Lane): Promise<void> {
    try {
      const reply = await this.#exchange(batch, lane);
      this.#options.learn(reply);
      this.#charge(batch.operations, reply);
      await this.#read(batch, reply, lane);
    } catch (thrown) {
      await this.#unanswered(batch, thrown, lane);
    }
  }

  #exchange(batch: Batch, lane: Lane): Promise<LaneReply> {
    const { mapping, signal, strategy } = this.#options;
    const { file, operations, way, spared = [] } = batch;
    const [first] = operations;
    if (file !== undefined && first !== undefined) {
      // Whatever made the row: a file changes it.
      const scope = scopeOf({ ...mapping.request, mode: "UPDATE" });
      return upload(lane, { part: partOf(first), file }, { signal, scope, spared });
    }
    const onUnknown = way === "bulk" ? "report" : "repeat";
    const rows = operations.length;
    const scope = scopeOf(mapping.request);
    const work = { kind: `${scope} ${way}`, rows, ...strategy.work(way, rows) };
    return lane.send(requestOf(batch, mapping), { signal, onUnknown, work, scope, spared });
  }

  /** Where each try was throttled it was an attempt, so that no row goes round for ever; where one met an outage it was none. */
  #charge(operations: readonly Operation[], trail: Trail): void {
    const attempts = Math.max(trail.attempts, Math.min(1, trail.throttles));
    for (const operation of operations) {
      operation.attempts += attempts;
      if (trail.uncertain) operation.uncertainAt = this.#options.clock.now();
    }
  }

  async #read(batch: Batch, reply: LaneReply, lane: Lane): Promise<void> {
    const isBulk = batch.way === "bulk";
    if (batch.file !== undefined) return await this.#readFile(batch, reply, lane);
    const kind = classifyReply(reply, isBulk);
    switch (kind.remedy) {
      case "none":
        if (isBulk) return await this.#bulk.read(batch, reply, lane);
        if (kind.code === "answered") return await this.#readParts(batch, reply, lane);
        return this.#refused(batch, reply);
      case "split":
        return this.#tooMuch(batch, reply, kind.uncertain);
      case "stop":
        // One row's owner may lack the right: parts tell which.
        if (isBulk) return await this.#bulk.read(batch, reply, lane);
        return this.#forbidden(batch, reply);
      case "gate":
      case "backoff":
      case "reauthorize":
        if (isBulk && kind.uncertain) return await this.#bulk.unanswered(batch, lane);
        this.#options.putBack(batch.suspects ?? []);
        this.#settlement.repeatAll(batch.operations, noTime, kind.uncertain);
    }
  }

  /** The request was one row's alone, and so is whatever is said of it. */
  async #readFile(batch: Batch, reply: Reply, lane: Lane): Promise<void> {
    const { operations } = batch;
    const { remedy, uncertain } = classifyReply(reply);
    if (this.#goesElsewhere(batch, [reply], lane)) return;
    const doubts: Doubt[] = [];
    const around = { doubts, lane, chance: this.#options.clock.random() };
    // A page in between is no answer, whatever its status.
    if (remedy === "backoff") this.#settlement.repeatAll(operations, noReply, uncertain);
    else for (const operation of operations) this.#settlement.judge(operation, reply, around);
    if (doubts.length > 0) await this.#options.doubt(doubts, lane);
  }

  async #readParts(batch: Batch, reply: LaneReply, lane: Lane): Promise<void> {
    const { operations } = batch;
    const parts = this.#parts(operations, reply);
    if ("code" in parts) return this.#settlement.repeatAll(operations, parts, true);
    if (this.#goesElsewhere(batch, parts, lane)) return;
    const doubts: Doubt[] = [];
    const around = { doubts, lane, chance: this.#options.clock.random() };
    let begun = 0;
    let bad = 0;
    parts.forEach((part, i) => {
      const operation = operations[i];
      if (operation === undefined) return;
      const isBad = !this.#settlement.judge(operation, part, around);
      // Later steps tell nothing of how rows begin.
      if (operation.step > 0) return;
      begun += 1;
      if (isBad) bad += 1;
    });
    this.#options.strategy.answered("batch", operations.length, reply.seconds);
    this.#options.strategy.judged(begun, bad);
    if (doubts.length > 0) await this.#options.doubt(doubts, lane);
  }

  /** What one application user lacks the privilege for, another one may do: rows fail when nobody is left who may. */
  #goesElsewhere(batch: Batch, parts: readonly Pick<Reply, "status" | "body">[], lane: Lane): boolean {
    if (!parts.every(lacksPrivilege)) {
      if (parts.some(({ status }) => status < 300)) lane.permitted();
      return false;
    }
    const spared = lane.forbidden();
    if (spared === undefined) return false;
    // Nobody looked at the rows: it was no attempt of theirs.
    for (const operation of batch.operations) operation.attempts -= 1;
    this.#options.resend({ ...batch, spared });
    return true;
  }

  /** Or, where the reply cannot be believed, what rows fail with that have no attempt left. */
  #parts(operations: readonly Operation[], reply: Reply): readonly Part[] | RowFailure {
    try {
      const parts = readBatchReply(reply.headers["content-type"] ?? "", reply.body, operations.length);
      const minted = operations[0]?.id !== undefined;
      return minted && areSwapped(parts, operations)
        ? because(noReply, "The parts of its reply were in another order.")
        : parts;
    } catch (thrown) {
      const { code, message } = asSidecarError(thrown);
      if (code === "outcome_unknown") return because(noReply, message);
      throw thrown;
    }
  }

  /** Too large, or too long under way. */
  #tooMuch(batch: Batch, reply: Reply, uncertain: boolean): void {
    const { operations, suspects = [] } = batch;
    if (uncertain) for (const operation of operations) operation.uncertainAt = this.#options.clock.now();
    if (!uncertain) this.#refused(batch, reply);
    else if (operations.length > 1) this.#halve(batch);
    else {
      // Alone and still cut off, a row is no more refused than acknowledged.
      this.#options.putBack(suspects);
      this.#settlement.repeatAll(operations, noReply, true);
    }
  }

  /** The service refused the whole request: halves find the operation that it cannot bear. */
  #refused(batch: Batch, reply: Reply): void {
    const { operations, suspects = [] } = batch;
    const [first] = operations;
    if (operations.length > 1 || first === undefined) this.#halve(batch);
    else {
      this.#options.putBack(suspects);
      // A message around one row may be refused for the message's sake: its part in a `$batch` tells.
      if (batch.way === "bulk") this.#options.resend({ way: "batch", operations });
      else this.#settlement.refuse(first, reply);
    }
  }

  #halve({ way, operations, suspects = [] }: Batch): void {
    const half = operations.length >> 1;
    this.#options.strategy.tooLarge(way, operations.length);
    this.#options.putBack(suspects);
    this.#options.resend({ way, operations: operations.slice(0, half) });
    this.#options.resend({ way, operations: operations.slice(half) });
  }

  #forbidden(batch: Batch, reply: Reply): void {
    const { code } = readServiceError(reply.body);
    const reason = new SidecarError(
      "principal_forbidden",
      `The service forbids this application user to write (${code === "" ? reply.status : code}).`,
      {
        remedy: "Give it a security role with create, write and append on the table, then resume the run.",
      },
    );
    this.#end(batch, reason);
  }

  async #unanswered(batch: Batch, thrown: unknown, lane: Lane): Promise<void> {
    const error = asSidecarError(thrown);
    // A defect of our own: nobody knows which of them have settled, so the stream ends with an error status.
    if (error.code === "internal") throw thrown;
    if (error instanceof SendFailure) {
      this.#options.learn(error.trail);
      this.#charge(batch.operations, error.trail);
    }
    if (this.#options.signal.aborted) return this.#end(batch, error);
    const { code, message } = error;
    if (batch.way === "bulk" && code === "outcome_unknown")
      return await this.#bulk.unanswered(batch, lane, because(noReply, message));
    if (code === "deadline_passed" || code === "outcome_unknown") this.#spent(batch, code, message);
    else this.#end(batch, error);
  }

  /** No attempt is left to the request; a file begins anew, for its chunks are not repeated one by one. */
  #spent({ operations, suspects = [], file }: Batch, code: "deadline_passed" | "outcome_unknown", why: string): void {
    const unknown = because(noReply, why);
    const late = because(noTime, why);
    if (file !== undefined && code === "outcome_unknown") this.#settlement.repeatAll(operations, unknown, true);
    else
      for (const operation of operations) this.#settlement.fail(operation, operation.uncertainAt > 0 ? unknown : late);
    this.#options.putBack(suspects);
  }

  /** The run stops, or is stopped: what may have been applied is said so, the rest was not sent. */
  #end({ operations, suspects = [] }: Batch, reason: SidecarError): void {
    if (!this.#options.signal.aborted) this.#options.stop(reason);
    for (const operation of [...operations, ...suspects]) {
      if (operation.uncertainAt > 0) this.#settlement.fail(operation, noReply);
      else this.#options.giveUp(operation);
    }
  }
}

/** What a privilege is given for. */
export function scopeOf({ table, mode }: Mapping["request"]): string {
  return `${table} ${mode}`;
}

function requestOf(batch: Batch, { request, table }: Mapping): Request {
  const body = bodyOf(batch);
  return batch.way === "bulk"
    ? { method: "POST", path: bulkPath(request.mode, table), headers: bulkHeaders, body }
    : { method: "POST", path: "$batch", headers: batchHeaders, body };
}

/** Parts in another order than their operations: then no part of the reply can be believed. */
function areSwapped(parts: readonly Part[], operations: readonly Operation[]): boolean {
  const others = parts.filter((part, i) => !part.names(operations[i]?.id));
  const strange = others.flatMap((part) => part.id ?? []);
  if (strange.length === 0) return false;
  const sent = new Set(operations.map(({ id }) => id?.toString()));
  return strange.some((id) => sent.has(id));
}
