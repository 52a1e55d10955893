/**
 * The book of one stream: gives each row its one outcome, counts them, and hands the rows that the client wants to see to
 * delivery. A row that settles twice is a defect of the server, and said so.
 */
import type { RecordBatch } from "../../arrow/columns.ts";
import type { Clock } from "../../core/clock.ts";
import { SidecarError } from "../../core/errors.ts";
import type { OutcomeKind, RowOutcome } from "../../core/outcome.ts";
import type { Found } from "../../dataverse/keys/found.ts";
import { nothingFound } from "../../dataverse/keys/found.ts";
import type { Deliver, SettledRow } from "../publication.ts";

/** A record batch and what is known of its rows. */
export interface Slab {
  readonly batch: RecordBatch;
  /** What was read about its rows before they are sent. */
  found: Found;
  /** Stream index of its first row. */
  readonly first: number;
  /** What its permit holds, bytes. */
  readonly weight: number;
  /** 1 = the row has its outcome, or was given up unsent. */
  readonly settled: Uint8Array;
  /** Rows without an outcome. */
  left: number;
  /** Settled rows not handed to delivery yet. */
  waiting: SettledRow[];
  waitingBytes: number;
  /** Deliveries under way. */
  delivering: number;
}

/** An outcome without what differs between rows that share it. */
export type Verdict = Omit<RowOutcome, "settledAt" | "attempts">;

export type Counts = Record<OutcomeKind, number> & { received: number; notSent: number };

export const noRows: Readonly<Counts> = {
  received: 0,
  notSent: 0,
  created: 0,
  updated: 0,
  upserted: 0,
  deleted: 0,
  unchanged: 0,
  failed: 0,
};

/** Outcome rows leave in messages of about this size, so that neither side holds a large one. */
const rowsPerDelivery = 4096;
const bytesPerDelivery = 1 << 20;

/** A guess of what an outcome weighs beside its message; only the order of magnitude matters. */
const outcomeBytes = 160;

/** Per row beside the record batch itself: state, and the objects of rows under way. */
const bytesPerRow = 24;
/** What its objects take however few rows it has: a million record batches of one row each must not pass for 24 MiB. */
const bytesPerBatch = 1024;
const bytesPerColumn = 512;

export interface LedgerOptions {
  readonly returning: "FAILED" | "ALL";
  readonly deliver: Deliver;
  readonly clock: Clock;
  /** The record batch is settled and delivered: its memory is free. */
  readonly release: (slab: Slab) => void;
  /** The client does not take its rows any more. */
  readonly undeliverable: (reason: unknown) => void;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #failedByCode = new Map<string, number>();
  #chain: Promise<void> = Promise.resolve();
  #deliverable = true;
  #unsettled = 0;
  #refused = 0;
  readonly #idle: (() => void)[] = [];
  readonly counts: Counts = { ...noRows };

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** What a record batch will weigh, bytes; known before it is added. */
  static weight(batch: RecordBatch): number {
    return batch.bytes + batch.rows * bytesPerRow + bytesPerBatch + batch.columns.length * bytesPerColumn;
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  get acknowledged(): number {
    const { created, updated, upserted, deleted, unchanged } = this.counts;
    return created + updated + upserted + deleted + unchanged;
  }

  /** Failed rows that were never sent. */
  get refused(): number {
    return this.#refused;
  }

  get failedByCode(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failedByCode);
  }

  /**
   * Counts the rows and opens their page. An empty record batch is released at once.
   * @param weight of the record batch and of what will be read about it.
   */
  add(batch: RecordBatch, weight = Ledger.weight(batch)): Slab {
    const slab: Slab = {
      batch,
      found: nothingFound,
      first: this.counts.received,
      weight,
      settled: new Uint8Array(batch.rows),
      left: batch.rows,
      waiting: [],
      waitingBytes: 0,
      delivering: 0,
    };
    this.counts.received += batch.rows;
    this.#unsettled += batch.rows;
    if (slab.left === 0) this.#options.release(slab);
    return slab;
  }

  /** Rows that arrive after the run stopped: received, and not sent. */
  refuse(rows: number): void {
    this.counts.received += rows;
    this.counts.notSent += rows;
  }

  settle(slab: Slab, row: number, verdict: Verdict, attempts: number): void {
    this.#close(slab, row);
    this.counts[verdict.kind] += 1;
    const { failure } = verdict;
    if (failure !== undefined && attempts === 0) this.#refused += 1;
    if (failure !== undefined) this.#failedByCode.set(failure.code, (this.#failedByCode.get(failure.code) ?? 0) + 1);
    if (failure !== undefined || this.#options.returning === "ALL") {
      const outcome = { ...verdict, attempts, settledAt: this.#options.clock.wall() };
      slab.waiting.push({ row, streamRow: slab.first + row, outcome });
      slab.waitingBytes += outcomeBytes + (failure?.message.length ?? 0);
    }
    this.#advance(slab);
  }

  /** Gives a row up that was never sent, or whose stream ended before its fate was known. */
  skip(slab: Slab, row: number): void {
    this.#close(slab, row);
    this.counts.notSent += 1;
    this.#advance(slab);
  }

  /** Resolves when every row has settled and what the client wanted to see was delivered. */
  async drained(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#chain;
  }

  #close(slab: Slab, row: number): void {
    if (slab.settled[row] !== 0) throw new SidecarError("internal", `Row ${slab.first + row} settled twice.`);
    slab.settled[row] = 1;
    slab.left -= 1;
    this.#unsettled -= 1;
  }

  #advance(slab: Slab): void {
    const full = slab.waiting.length >= rowsPerDelivery || slab.waitingBytes >= bytesPerDelivery;
    if (slab.waiting.length > 0 && (full || slab.left === 0)) this.#hand(slab);
    else this.#releaseIfDone(slab);
    if (this.#unsettled === 0) for (const wake of this.#idle.splice(0)) wake();
  }

  #hand(slab: Slab): void {
    const rows = slab.waiting.sort((a, b) => a.row - b.row);
    slab.waiting = [];
    slab.waitingBytes = 0;
    slab.delivering += 1;
    this.#chain = this.#chain.then(async () => {
      try {
        if (this.#deliverable) await this.#options.deliver(slab.batch, rows);
      } catch (reason) {
        this.#deliverable = false;
        this.#options.undeliverable(reason);
      }
      slab.delivering -= 1;
      this.#releaseIfDone(slab);
    });
  }

  #releaseIfDone(slab: Slab): void {
    if (slab.left > 0 || slab.delivering > 0 || slab.waiting.length > 0) return;
    slab.batch.free?.();
    this.#options.release(slab);
  }
}
