/**
 * One publication: rows come in, find their batches and lanes, settle, and leave as outcomes. This is where the rooms of the
 * house meet; each decision is made elsewhere.
 */
import type { RecordBatch } from "../arrow/columns.ts";
import type { StreamCode } from "../core/errors.ts";
import { asSidecarError, SidecarError } from "../core/errors.ts";
import type { Lane } from "../schedule/lane.ts";
import { Batcher } from "./batching/batcher.ts";
import { Fates } from "./fates.ts";
import { StreamMemory } from "./memory/stream-memory.ts";
import { Followers } from "./order/followers.ts";
import { KeyOrder } from "./order/key-order.ts";
import { Finder } from "./preparing/finder.ts";
import { Preparation } from "./preparing/preparation.ts";
import { foundBytesOf, preparationSteps } from "./preparing/preparation-steps.ts";
import type { Progress, Publication, Summary } from "./publication.ts";
import { Gathering } from "./reading/gathering.ts";
import { LookUp } from "./reading/look-up.ts";
import { Reconciler } from "./reading/reconciler.ts";
import { RowReader } from "./reading/row-reader.ts";
import type { Operation } from "./rows/batch.ts";
import type { Counts, Slab } from "./rows/ledger.ts";
import { Ledger } from "./rows/ledger.ts";
import { Figures } from "./runs/figures.ts";
import { lookMs, Pace } from "./runs/pace.ts";
import type { LiveStream } from "./runs/runs.ts";
import { Traffic } from "./runs/traffic.ts";
import { Sender, scopeOf } from "./sending/sender.ts";
import { Turns } from "./sending/turns.ts";
import type { StreamOptions } from "./stream-options.ts";

export class PublishStream implements Publication, LiveStream {
  readonly attempt: number;
  readonly #options: StreamOptions;
  readonly #ledger: Ledger;
  readonly #keys = new KeyOrder<Operation>();
  readonly #batcher: Batcher;
  readonly #fates: Fates;
  readonly #preparation: Preparation;
  readonly #lookUp: LookUp;
  readonly #gathering: Gathering;
  readonly #turns: Turns;
  readonly #traffic: Traffic;
  readonly #figures: Figures;
  readonly #pace: Pace;
  readonly #memory: StreamMemory;
  readonly #halt = new AbortController();
  readonly #ended = new AbortController();
  readonly #unwatch: () => void;
  /** What is read about a row before it is encoded, bytes. */
  readonly #foundBytes: number;
  #stopped: SidecarError | undefined;
  #inFlight = 0;
  /** Until when its wait for memory was told, in the clock's milliseconds; undefined while it does not wait. */
  #roomlessSince: number | undefined;

  constructor(options: StreamOptions) {
    const { mapping, clock } = options;
    this.#options = options;
    this.#memory = new StreamMemory(options.permits, options.scheduler);
    this.attempt = mapping.request.attempt;
    this.#foundBytes = foundBytesOf(mapping);
    this.#traffic = new Traffic(options.scheduler, clock, scopeOf(mapping.request));
    this.#figures = new Figures(options.metrics);
    this.#pace = new Pace({ ...options, expectedRows: mapping.request.expectedRows });
    this.#ledger = this.#newLedger(options);
    this.#batcher = new Batcher({
      mapping,
      identity: options.identity,
      keys: this.#keys,
      late: options.late,
      operations: options.operations,
      clock,
      refuse: (operation, failure) => fates.refuse(operation, failure),
      delayed: options.delayed,
    });
    const fates = new Fates({
      mapping,
      ledger: this.#ledger,
      keys: this.#keys,
      late: options.late,
      batcher: this.#batcher,
      clock,
      halted: this.#halt.signal,
      wrote: (key) => this.#lookUp.wrote(key),
      pump: () => this.#turns.pump(),
    });
    this.#fates = fates;
    const shared = {
      mapping,
      clock,
      signal: this.#halt.signal,
      settle: fates.settle.bind(fates),
      again: fates.again.bind(fates),
      exists: fates.exists.bind(fates),
      giveUp: fates.giveUp.bind(fates),
      stop: (reason: SidecarError) => this.#options.review(reason),
      learn: this.#traffic.learn,
    };
    this.#preparation = new Preparation({
      steps: preparationSteps(mapping, new Finder({ ...shared, patience: "patient" })),
      ready: (slab) => this.#batcher.add(slab),
      stop: shared.stop,
    });
    const finder = new Finder({ ...shared, patience: "short" });
    const reconciler = new Reconciler({ ...shared, finder, met: () => this.#lookUp.begin() });
    const { strategy } = options;
    const putBack = fates.putBack.bind(fates);
    const sender = new Sender({
      ...shared,
      strategy,
      repeated: options.repeated,
      resend: fates.resend.bind(fates),
      judge: fates.judge.bind(fates),
      putBack,
      doubt: (doubts, lane) => reconciler.read(doubts, lane),
    });
    this.#lookUp = new LookUp({
      ...shared,
      strategy,
      putBack,
      reader: new RowReader(mapping, finder),
      followers: new Followers({ mapping, keys: this.#keys, batcher: this.#batcher }),
      batcher: this.#batcher,
      supersede: (operation, id) => fates.conclude(operation, { kind: "unchanged", id }),
      send: (batch, lane) => sender.send(batch, lane),
    });
    this.#gathering = new Gathering({ clock, lookUp: this.#lookUp, preparation: this.#preparation });
    this.#turns = this.#newTurns(options);
    this.#unwatch = clock.every(lookMs, () => this.#watch());
  }

  #newLedger({ mapping, deliver, clock }: StreamOptions): Ledger {
    return new Ledger({
      returning: mapping.request.returning,
      deliver,
      clock,
      release: (slab) => this.#memory.give(slab.weight),
      undeliverable: (reason) =>
        this.#collapse(new SidecarError("cancelled", "The client does not take its rows.", { cause: reason })),
    });
  }

  #newTurns({ mapping, scheduler, strategy, clock, review }: StreamOptions): Turns {
    return new Turns({
      scheduler,
      seat: { served: 0, scope: scopeOf(mapping.request), expected: () => strategy.expected(this.#batcher.ready) },
      clock,
      signal: this.#halt.signal,
      wanted: () =>
        this.#preparation.waiting + (this.#gathering.holds ? 0 : this.#batcher.requests(strategy.next().size)),
      nextAt: () => this.#gathering.nextAt ?? this.#batcher.nextAt,
      send: (lane) => this.#preparation.next(lane) ?? this.#send(lane),
      over: () => {
        this.#figures.tell(this.counts);
        review(undefined);
      },
      fail: (thrown) => this.#collapse(thrown),
    });
  }

  get counts(): Counts {
    return this.#ledger.counts;
  }

  get begun(): number {
    return this.#batcher.begun;
  }

  get refused(): number {
    return this.#ledger.refused;
  }

  get #settled(): number {
    return this.#ledger.acknowledged + this.#ledger.counts.failed;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Rows of this partition were published before: what stands there already is not sent again. */
  lookFirst(): void {
    this.#lookUp.begin();
  }

  room(bytes: number): Promise<void> | undefined {
    const granted = this.#memory.keep(bytes, this.#halt.signal);
    if (granted === undefined) return undefined;
    this.#roomlessSince = this.#options.clock.now();
    return granted.then(() => {
      this.#tellRoomless();
      this.#roomlessSince = undefined;
    });
  }

  /** While it waits, too: a wait may be as long as a service stalls. */
  #tellRoomless(): void {
    if (this.#roomlessSince === undefined) return;
    const now = this.#options.clock.now();
    this.#options.metrics.waited("memory", (now - this.#roomlessSince) / 1000);
    this.#roomlessSince = now;
  }

  accept(batch: RecordBatch): Promise<void> {
    if (this.#ended.signal.aborted) return Promise.reject(this.#ended.signal.reason);
    if (this.#halt.signal.aborted) return Promise.resolve(this.#refuse(batch));
    const weight = Ledger.weight(batch) + batch.rows * this.#foundBytes;
    this.#memory.add(weight);
    this.#gathering.arrived();
    this.#preparation.add(this.#ledger.add(batch, weight));
    this.#turns.pump();
    return Promise.resolve();
  }

  #refuse(batch: RecordBatch): void {
    this.#memory.keepNothing();
    this.#ledger.refuse(batch.rows);
  }

  async end(): Promise<Summary> {
    const failed = new Promise<never>((_, reject) => {
      this.#ended.signal.addEventListener("abort", () => reject(this.#ended.signal.reason), { once: true });
    });
    this.#ended.signal.throwIfAborted();
    this.#gathering.end();
    this.#memory.keepNothing();
    this.#turns.pump();
    await Promise.race([this.#ledger.drained(), failed]);
    // Turns that have not come are for nothing: others' requests may hold the lanes for many minutes.
    this.#halt.abort(new SidecarError("cancelled", "The stream has ended."));
    await this.#turns.silence();
    this.#close();
    return this.summary();
  }

  async abandon(code: StreamCode): Promise<void> {
    await this.expel(new SidecarError(code, "The client is gone, or broke the protocol."));
  }

  async expel(reason: SidecarError): Promise<void> {
    if (!this.#ended.signal.aborted) this.#ended.abort(reason);
    this.#halt.abort(new SidecarError("cancelled", reason.message));
    this.#giveUpUnsent();
    await this.#turns.silence();
    this.#close();
  }

  stop(reason: SidecarError): void {
    if (this.#stopped !== undefined || this.#ended.signal.aborted) return;
    this.#stopped = reason;
    this.#halt.abort(new SidecarError("cancelled", reason.message));
    this.#giveUpUnsent();
  }

  progress(): Progress {
    const { received, failed } = this.#ledger.counts;
    const waiting = this.#ledger.unsettled > 0 ? this.#traffic.waiting() : undefined;
    const waitMs = waiting === undefined ? 0 : Math.max(0, waiting.untilMs - this.#options.clock.wall());
    return {
      received,
      acknowledged: this.#ledger.acknowledged,
      failed,
      inFlight: this.#inFlight,
      ...this.#pace.figures(this.#settled, waitMs),
      ...(waiting === undefined ? {} : { waiting }),
    };
  }

  summary(): Summary {
    const { counts, acknowledged, failedByCode } = this.#ledger;
    const stopped = this.#stopped;
    return {
      ...counts,
      acknowledged,
      failedByCode,
      ...this.#traffic.totals(),
      warnings: this.#options.warnings,
      strategy: this.#options.strategy.describe(),
      rowsPerSecond: this.#pace.overall(this.#settled),
      ...(stopped === undefined
        ? {}
        : { stopped: { code: stopped.code as StreamCode, message: `${stopped.message} ${stopped.remedy}`.trim() } }),
    };
  }

  #send(lane: Lane): Promise<void> | undefined {
    const send = (): Promise<void> | undefined => this.#sendNext(lane);
    const bytes = this.#batcher.bodyBytes + this.#options.permits.perConnection;
    return this.#options.bodies.within(bytes, send, this.#halt.signal, lane.rest);
  }

  #sendNext(lane: Lane): Promise<void> | undefined {
    if (this.#gathering.holds) return undefined;
    const batch = this.#batcher.take(this.#lookUp.shape());
    if (batch === undefined) return undefined;
    this.#inFlight += batch.operations.length;
    return this.#lookUp.send(batch, lane).finally(() => {
      this.#inFlight -= batch.operations.length;
      this.#batcher.over(batch);
    });
  }

  #giveUpUnsent(): void {
    const skip = (slab: Slab, row: number): void => this.#ledger.skip(slab, row);
    this.#preparation.drain(skip);
    const operations = this.#batcher.drain(skip);
    for (const operation of operations) this.#fates.again(operation, 0);
  }

  #watch(): void {
    this.#tellRoomless();
    const { isHeld } = this.#traffic;
    this.#pace.look({ settled: this.#settled, unsettled: this.#ledger.unsettled, isHeld });
    if (this.#pace.idleMs < this.#options.progressTimeoutMs) return;
    this.stop(
      new SidecarError("progress_timeout", `No row settled for ${this.#options.progressTimeoutMs / 1000} s.`, {
        remedy: "Look at the service's health, then resume the run under its run id.",
      }),
    );
  }

  /** A defect of our own, or nobody to deliver to: the stream ends with an error status. */
  #collapse(thrown: unknown): void {
    const reason = asSidecarError(thrown);
    // A second defect on the way out changes nothing: the first is the one that the client hears.
    this.expel(reason).catch(() => this.#close());
  }

  #close(): void {
    this.#unwatch();
    this.#figures.tell(this.counts);
    this.#memory.giveAll();
    this.#options.leave();
  }
}
