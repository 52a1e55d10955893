/**
 * Settles by reading. A duplicate answer names no key and a plug-in can cause it, so it is neither success nor failure: the row is
 * read back, and what stands there decides.
 */
import type { Clock } from "../../core/clock.ts";
import { asSidecarError } from "../../core/errors.ts";
import { Guid } from "../../core/guid.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { ReadBack } from "../../dataverse/answers/read-back.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import { isElastic } from "../../dataverse/rows/elastic.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Finder } from "../preparing/finder.ts";
import { KeyStep } from "../preparing/key-step.ts";
import type { Operation } from "../rows/batch.ts";
import { unsent } from "../rows/batch.ts";
import type { Slab } from "../rows/ledger.ts";
import type { Doubt } from "../rows/settlement.ts";
import { noReply, operationAttemptsMax, outcomes } from "../rows/settlement.ts";
import type { SenderOptions } from "../sending/sender.ts";
import { RowReader } from "./row-reader.ts";

/** Before the row is sent or read again. */
const againMs = 1000;
/** With as many attempts as an operation has, a copy of an elastic table is given a minute to catch up. */
const lagMaxMs = 16_000;

export interface ReconcilerOptions
  extends Pick<SenderOptions, "mapping" | "signal" | "settle" | "again" | "exists" | "giveUp" | "stop"> {
  readonly clock: Clock;
  /** Of short patience: what cannot be read goes again. */
  readonly finder: Finder;
  /** A row of an INSERT stands there that this stream did not send: an earlier try wrote it. */
  readonly met: () => void;
}

export const differentRow: RowFailure = {
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

const unknownHalf: RowFailure = {
  code: "outcome_unknown",
  message:
    "A reply was lost, and the row stands in Dataverse as it would be created: whether it stood there before, and lacks the columns for an update, is not known.",
  retryable: false,
};

function isMinted({ slab, row }: Operation): boolean {
  return slab.found.absent?.has(row) === true;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #mapping: Mapping;
  readonly #reader: RowReader;
  readonly #keys: KeyStep | undefined;
  /** They were refused as duplicates, though their row was there to be changed. */
  readonly #refused = new WeakSet<Operation>();

  constructor(options: ReconcilerOptions) {
    const { mapping, finder } = options;
    const { finding } = mapping;
    this.#options = options;
    this.#mapping = mapping;
    this.#reader = new RowReader(mapping, finder);
    this.#keys = finding === undefined ? undefined : new KeyStep({ mapping, finding, finder });
  }

  /**
   * Resolves when each doubt has been settled or its operation queued again, with the operations that nothing refused and whose
   * rows are not there, or cannot be read: whoever sent them knows how to go on. Never rejects for reasons of the service.
   */
  async read(doubts: readonly Doubt[], lane: Lane): Promise<readonly Operation[]> {
    const operations = doubts.map(({ operation }) => operation);
    const found = await this.#attempt(() => this.#reader.read(operations, lane));
    const missing: Operation[] = [];
    const taken: Doubt[] = [];
    for (const [i, doubt] of doubts.entries()) {
      const { operation, failure } = doubt;
      const there = found?.[i] ?? { kind: "unreadable" };
      // It failed; what is read tells just which row it is.
      if (operation.step > 0) this.#fail(operation, failure ?? noReply, there);
      else if (failure === undefined && (there.kind === "absent" || there.kind === "unreadable"))
        missing.push(operation);
      else if (there.kind === "absent" && isMinted(operation)) taken.push(doubt);
      else this.#settle(operation, failure ?? noReply, there);
    }
    if (taken.length > 0) await this.#findAgain(taken, lane);
    return missing;
  }

  /** Rows that were to be created under an id of ours, and were refused: someone else may have made them under another. */
  async #findAgain(doubts: readonly Doubt[], lane: Lane): Promise<void> {
    const sought = new Set<Slab>();
    for (const slab of new Set(doubts.map(({ operation }) => operation.slab))) {
      const rows = doubts.flatMap(({ operation }) => (operation.slab === slab ? [operation.row] : []));
      await this.#attempt(async () => {
        await this.#keys?.find(slab, rows, lane);
        sought.add(slab);
      });
    }
    for (const { operation, failure = noReply } of doubts) {
      const id = operation.slab.found.ids?.[operation.row];
      if (!sought.has(operation.slab)) this.#retry(operation, { ...noReply, ...evidence(failure) });
      else if (typeof id === "object") this.#fail(operation, id);
      else if (isMinted(operation)) this.#fail(operation, failure);
      else this.#retry({ ...operation, id: id === undefined ? undefined : Guid.of(id), bytes: unsent }, failure);
    }
  }

  /** Undefined when it cannot be read. */
  async #attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (thrown) {
      const error = asSidecarError(thrown);
      if (error.code === "internal") throw thrown;
      if (error.code === "credentials_rejected" || error.code === "principal_forbidden") this.#options.stop(error);
      return undefined;
    }
  }

  #settle(operation: Operation, failure: RowFailure, found: ReadBack): void {
    const insert = this.#mapping.request.mode === "INSERT";
    const uncertain = operation.uncertainAt > 0;
    if (this.#mayLag(operation, failure, found)) {
      // The row that shows in the end may be ours, and changed since: to call that refused would be a guess.
      const last = insert && found.kind === "different" ? { ...changedRow, ...evidence(failure) } : failure;
      this.#retry(operation, last, Math.min(lagMaxMs, againMs * 2 ** operation.attempts));
      return;
    }
    switch (found.kind) {
      case "same":
        this.#acknowledge(operation, failure, found.id);
        return;
      case "different":
        if (insert) this.#fail(operation, { ...(uncertain ? changedRow : differentRow), ...evidence(failure) });
        else if (failure.code === "row_changed") this.#fail(operation, failure);
        else if (!this.#options.exists(operation, failure, true)) this.#sendOnce(operation, failure);
        return;
      case "absent":
        this.#fail(operation, failure);
        return;
      case "unreadable":
        this.#retry(operation, { ...noReply, ...evidence(failure) });
    }
  }

  /**
   * What is read of an elastic row is what some copy holds, and that may be behind, unless the read carries the token of the write that
   * it must see. A lost reply brought none, and one of another partition says nothing; so what such a read shows is believed only
   * where no copy could have shown it too soon:
   * - as it was sent: only that very write made it so. Acknowledged.
   * - absent, after a reply was lost and nothing was refused: to send it again does no harm, for id and partition name one row, and a
   *   second create of it is refused. Sent again at once.
   * - absent, after the service refused the row because it exists, or other than sent, though an attempt of ours may have made it so: the
   *   refusal came from where writes are made, and outweighs a copy. Asked again, more and more seldom, for a minute; then the refusal
   *   is what the row fails with, or that nobody knows whose values show.
   * With the token of the refusal itself the first read decides.
   */
  #mayLag({ sessionToken, uncertainAt }: Operation, { code }: RowFailure, { kind }: ReadBack): boolean {
    const { table, request } = this.#mapping;
    if (!isElastic(table) || sessionToken !== undefined) return false;
    const wouldFail = request.mode === "INSERT" || code === "row_changed";
    return kind === "absent" || (kind === "different" && wouldFail && uncertainAt > 0);
  }

  /** The row is as it was sent. */
  #acknowledge(operation: Operation, failure: RowFailure, id: string): void {
    const { request, updateStep } = this.#mapping;
    const uncertain = operation.uncertainAt > 0;
    if (uncertain && updateStep !== undefined && operation.wasAbsent !== true) {
      this.#fail(operation, { ...unknownHalf, ...evidence(failure) });
      return;
    }
    // No attempt of this stream is in doubt, so the row is of an earlier one.
    if (request.mode === "INSERT" && !uncertain) this.#options.met();
    this.#options.settle(operation, { kind: uncertain ? outcomes[request.mode] : "unchanged", id });
  }

  /** An upsert that met a row made by someone else in the meantime finds it now; a key that belongs to another row stays one. */
  #sendOnce(operation: Operation, failure: RowFailure): void {
    if (this.#refused.has(operation) && operation.uncertainAt === 0) this.#fail(operation, failure);
    else {
      this.#refused.add(operation);
      this.#retry(operation, failure);
    }
  }

  #retry(operation: Doubt["operation"], failure: RowFailure, waitMs = againMs): void {
    if (this.#options.signal.aborted && operation.uncertainAt === 0) this.#options.giveUp(operation);
    else if (operation.attempts >= operationAttemptsMax || this.#options.signal.aborted) this.#fail(operation, failure);
    else this.#options.again(operation, this.#options.clock.now() + waitMs);
  }

  #fail(operation: Doubt["operation"], failure: RowFailure, found?: ReadBack): void {
    const id = operation.id?.toString() ?? (found !== undefined && "id" in found ? found.id : undefined);
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
