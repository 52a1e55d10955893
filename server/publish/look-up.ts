/**
 * Looks before it sends: a partition that was published before is read in chunks, and only what is not there goes out. Reading a row
 * costs a hundredth of writing it, so it is done until a chunk shows that the earlier try did not get so far.
 */
import { asSidecarError } from "../core/errors.ts";
import type { ReadBack } from "../dataverse/read-back.ts";
import type { Lane } from "../schedule/lane.ts";
import type { Batch, Operation, Shape } from "./batch.ts";
import { differentRow } from "./reconciler.ts";
import type { RowReader } from "./row-reader.ts";
import type { SenderOptions } from "./sender.ts";

/** Read at once: a few queries of one request. */
export const rowsPerLook = 1000;

export interface LookUpOptions extends Pick<SenderOptions, "mapping" | "settle" | "stop" | "resend" | "strategy"> {
  /** Of short patience: what cannot be read is sent. */
  readonly reader: RowReader;
  /** As `Sender.send`. */
  readonly send: (batch: Batch, lane: Lane) => Promise<void>;
}

export class LookUp {
  readonly #options: LookUpOptions;
  #isActive = false;
  /** Bounds the reading of a stream that meets its own rows for another reason. */
  #isOver = false;

  constructor(options: LookUpOptions) {
    this.#options = options;
  }

  /** Rows of an earlier try may stand there. */
  begin(): void {
    // What an upsert in two halves sends where the row exists does not show in what it sends where it creates.
    const tells = this.#options.mapping.updateStep === undefined;
    this.#isActive = tells && !this.#isOver;
  }

  /** What the next batch should be like. */
  get shape(): Shape {
    const shape = this.#options.strategy.next();
    return this.#isActive ? { ...shape, size: rowsPerLook } : shape;
  }

  /** Sends what is not there already. Resolves as `Sender.send`. */
  async send(batch: Batch, lane: Lane): Promise<void> {
    const { operations, suspects } = batch;
    if (!this.#isActive || suspects !== undefined || !operations.some(isUntouched)) {
      return await this.#options.send(batch, lane);
    }
    const left = await this.#look(operations, lane);
    const { size } = this.#options.strategy.next();
    if (left.length === operations.length && left.length <= size) return await this.#options.send(batch, lane);
    const pieces = Array.from({ length: Math.ceil(left.length / size) }, (_, i) =>
      left.slice(i * size, (i + 1) * size),
    );
    const [first, ...others] = pieces.map((piece) => ({ way: batch.way, operations: piece }));
    for (const other of others) this.#options.resend(other);
    if (first !== undefined) await this.#options.send(first, lane);
  }

  /** Settles what stands there already; resolves with what must be sent. Never rejects for reasons of the service. */
  async #look(operations: readonly Operation[], lane: Lane): Promise<readonly Operation[]> {
    const untouched = operations.filter(isUntouched);
    const found = await this.#read(untouched, lane);
    const settled = new Set(untouched.filter((operation, i) => this.#settle(operation, found[i])));
    for (const operation of untouched) operation.looked = true;
    if (settled.size === 0) {
      this.#isActive = false;
      this.#isOver = true;
    }
    return operations.filter((operation) => !settled.has(operation));
  }

  async #read(operations: readonly Operation[], lane: Lane): Promise<readonly ReadBack[]> {
    try {
      return await this.#options.reader.read(operations, lane);
    } catch (thrown) {
      const error = asSidecarError(thrown);
      if (error.code === "internal") throw thrown;
      if (error.code === "credentials_rejected" || error.code === "principal_forbidden") this.#options.stop(error);
      return [];
    }
  }

  /** False: the row must be sent. */
  #settle(operation: Operation, there: ReadBack | undefined): boolean {
    const { settle, mapping } = this.#options;
    const { mode, onMissing } = mapping.request;
    switch (there?.kind) {
      case "same":
        settle(operation, { kind: "unchanged", id: there.id });
        return true;
      case "different":
        if (mode !== "INSERT") return false;
        settle(operation, { kind: "failed", failure: differentRow, id: there.id });
        return true;
      case "absent":
        if (mode !== "DELETE" || onMissing !== "ACCEPT") return false;
        settle(operation, { kind: "unchanged" });
        return true;
      case "unreadable":
      case undefined:
        return false;
    }
  }
}

/** Of the first step of its row, and never sent: what was sent is settled by its answer, or by reading after it. */
function isUntouched({ step, attempts, uncertainAt, looked = false }: Operation): boolean {
  return step === 0 && attempts === 0 && uncertainAt === 0 && !looked;
}
