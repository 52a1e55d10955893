/**
 * Rows to batches: takes rows in input order, one of a key at a time, checks and encodes each, and fills a batch when a lane asks
 * for one. Retried operations and freed successors go first, so that the oldest work ends first.
 */
import type { Clock } from "../../core/clock.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Mapping, RowEncoder } from "../../dataverse/mapping/mapping.ts";
import type { Way } from "../../dataverse/wire/way.ts";
import type { Identity } from "../identity/identity.ts";
import { rowsByContentMax } from "../identity/identity.ts";
import type { Unseen } from "../order/followers.ts";
import type { KeyOrder } from "../order/key-order.ts";
import type { LateWrites } from "../order/late-writes.ts";
import type { Batch, Encode, Operation, Shape } from "../rows/batch.ts";
import { Draft, draftBytesFirst, operationsMax } from "../rows/batch.ts";
import type { Slab } from "../rows/ledger.ts";
import type { Operations } from "../rows/operations.ts";
import { idFound } from "../rows/operations.ts";
import { Suspects } from "../splitting/suspects.ts";
import { Delayed } from "./delayed.ts";
import type { Upload } from "./plan-queue.ts";
import { PlanQueue } from "./plan-queue.ts";

/** Rows looked at per call, so that a run of bad or held rows never holds the event loop. */
const rowsScannedMax = 2000;

/** The writes of one request that was lost can land until the same moment, and of several until one not much later. */
const delaysAlikeMs = 1000;

/** An address alone. */
const draftBytesAlone = 1024;

export interface BatcherOptions {
  readonly mapping: Mapping;
  /** Present when ids are minted. */
  readonly identity: Identity | undefined;
  readonly keys: KeyOrder<Operation>;
  readonly late: LateWrites;
  readonly operations: Operations;
  readonly clock: Clock;
  /** The row cannot be sent. */
  readonly refuse: (operation: Operation, failure: RowFailure) => void;
  /** A row waits for so many seconds, since an older write of its key may still land; of those that wait for about as long, the first. */
  readonly delayed?: (seconds: number) => void;
}

export const blockedByEarlierRow: RowFailure = {
  code: "blocked_by_earlier_row",
  message: "An earlier row with this key failed and may be replayed. Replay both, in their order.",
  retryable: true,
};

const withoutRowKey: RowFailure = {
  code: "value_not_mappable",
  message: `A stream inserts at most ${rowsByContentMax} different rows without a row key. Name the columns that make a row unique in rowKey.`,
  retryable: false,
};

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #encoders: Readonly<Record<Way, RowEncoder>>;
  readonly #slabs: Slab[] = [];
  readonly #soon: Operation[] = [];
  readonly #later = new PlanQueue();
  /** Halves of a refused batch: they must not be filled up again. */
  readonly #formed: Batch[] = [];
  readonly #suspects = new Suspects();
  readonly #delayed = new Delayed<Operation>();
  #delayToldUntil = Number.NEGATIVE_INFINITY;
  #row = 0;
  #begun = 0;
  #draftBytes = draftBytesFirst;
  #bound: Slab | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#encoders = { batch: options.mapping.encoder("batch"), bulk: options.mapping.encoder("bulk") };
  }

  add(slab: Slab): void {
    if (slab.left > 0) this.#slabs.push(slab);
  }

  /** Requests that could be filled now; rows that wait for a time or for their key are not counted. */
  requests(size: number): number {
    const others = this.#formed.length + this.#later.requests + Math.ceil(this.ready / size);
    return others + this.#suspects.requests(others === 0);
  }

  /** Rows that could join a batch of any shape now. */
  get ready(): number {
    const scanned = this.#slabs.length === 0 ? 0 : this.#row;
    let rows = this.#soon.length + this.#due() - scanned;
    for (const { batch } of this.#slabs) rows += batch.rows;
    return rows;
  }

  /** Rows that were looked at. */
  get begun(): number {
    return this.#begun;
  }

  /** Whether rows that were taken before can go again now. */
  get hasDue(): boolean {
    return this.#due() > 0;
  }

  /** Rows that were not looked at yet, in input order. */
  get unseen(): readonly Unseen[] {
    return this.#slabs.map((slab, i) => ({ slab, from: i === 0 ? this.#row : 0 }));
  }

  /** What the body of the next request will take, about. */
  get bodyBytes(): number {
    return this.#draftBytes;
  }

  /** When the next waiting operation may go, in the clock's milliseconds. */
  get nextAt(): number | undefined {
    return this.#delayed.next;
  }

  /** Sends an operation again, not before `at`. */
  again(operation: Operation, at: number): void {
    this.#delayed.add(at, operation);
  }

  /** Goes before rows that were not begun. */
  goOn(operation: Operation): void {
    this.#bind(operation.slab);
    this.#later.add(operation, this.#encoders.batch.file?.(operation.row, operation.step));
  }

  /** The step after the operation's own that has something to do; undefined: there is none. */
  stepAfter({ slab, row, step }: Operation): number | undefined {
    if (this.#options.mapping.steps === 1) return undefined;
    this.#bind(slab);
    return this.#encoders.batch.stepAfter(row, step);
  }

  /** Sends a batch as it is. */
  resend(batch: Batch): void {
    this.#formed.push(batch);
  }

  /** Each of them is to be judged by itself, with others in a `$batch`. */
  judge(operations: readonly Operation[]): void {
    this.#suspects.add(operations, this.#options.clock.now());
  }

  /** The row's key is its own now: it goes as soon as no older write of the key can land. */
  free(operation: Operation): void {
    const at = this.#lateUntil(operation.key);
    if (at > 0) this.#delayed.add(at, operation);
    else this.#soon.push(operation);
  }

  /** The next batch; undefined when no row is ready. */
  take(shape: Shape): Batch | undefined {
    const now = this.#options.clock.now();
    const formed = this.#nextFormed() ?? this.#suspected(this.#suspects.due(now));
    if (formed !== undefined) return formed;
    const upload = this.#later.nextUpload();
    if (upload !== undefined) return this.#fileBatch(upload);
    return this.#gathered(shape) ?? this.#suspected(this.#suspects.take(now));
  }

  /** The request is over: once each of its rows has settled, nobody reads its body again. */
  over({ body, operations }: Batch): void {
    if (body === undefined || !areSettled(operations)) return;
    this.#options.operations.end(operations, body);
    // Left to a collection, it would bring one about: for each 15 MiB of them V8 looks through the whole heap.
    if (body.buffer instanceof ArrayBuffer) body.buffer.transfer(0);
  }

  /** Takes out everything not on the wire: returns operations between attempts, and hands rows never looked at to `skip`. */
  drain(skip: (slab: Slab, row: number) => void): readonly Operation[] {
    const formed = this.#formed.splice(0).flatMap((batch) => [...batch.operations, ...(batch.suspects ?? [])]);
    const held = this.#options.keys.drain();
    for (const slab of this.#slabs.splice(0)) {
      for (let row = this.#row; row < slab.batch.rows; row++) skip(slab, row);
      this.#row = 0;
    }
    return [
      ...formed,
      ...this.#suspects.drain(),
      ...this.#later.drain(),
      ...this.#soon.splice(0),
      ...this.#delayed.drain(),
      ...held,
    ];
  }

  #gathered(shape: Shape): Batch | undefined {
    // Later steps are parts of a `$batch`, whatever way rows are begun.
    const { way, size } = this.#later.hasParts ? { way: "batch" as const, size: operationsMax } : shape;
    const draft = new Draft({ way, size }, this.#draftBytes);
    for (let scanned = 0; scanned < rowsScannedMax && !draft.full; scanned++) {
      const goesOn = way === "batch" ? this.#later.nextPart() : undefined;
      const operation = goesOn ?? (shape.way === way ? this.#next() : undefined);
      if (operation === undefined) break;
      if (operation !== "held") draft.add(operation, this.#encode);
    }
    const batch = draft.finish();
    this.#draftBytes = draft.capacity;
    return batch;
  }

  #suspected(operations: readonly Operation[]): Batch | undefined {
    return operations.length === 0 ? undefined : this.#encodedFor({ way: "batch", operations });
  }

  #fileBatch({ operation, file }: Upload): Batch | undefined {
    const draft = new Draft({ way: "batch", size: 1 }, draftBytesAlone);
    draft.add(operation, this.#encode);
    const batch = draft.finish();
    return batch === undefined ? undefined : { ...batch, file };
  }

  #nextFormed(): Batch | undefined {
    for (let formed = this.#formed.shift(); formed !== undefined; formed = this.#formed.shift()) {
      const batch = this.#encodedFor(formed);
      if (batch !== undefined) return batch;
    }
    return undefined;
  }

  /** A batch of rows that went another way before is encoded anew; undefined when none of them can go this way. */
  #encodedFor(batch: Batch): Batch | undefined {
    const { way, operations } = batch;
    if (operations.every((operation) => operation.way === way)) return batch;
    const draft = new Draft({ way, size: operations.length });
    for (const operation of operations) draft.add(operation, this.#encode);
    const encoded = draft.finish();
    if (encoded !== undefined) return { ...batch, ...encoded };
    // Untested after all.
    this.#soon.push(...(batch.suspects ?? []));
    return undefined;
  }

  #due(): number {
    return (this.#delayed.next ?? Number.POSITIVE_INFINITY) <= this.#options.clock.now() ? 1 : 0;
  }

  /** Asked once a row: of nothing that waits nobody looks at the clock. */
  #nextAgain(): Operation | undefined {
    const due = this.#delayed.size === 0 ? undefined : this.#delayed.due(this.#options.clock.now());
    return due ?? (this.#soon.length === 0 ? undefined : this.#soon.shift());
  }

  #next(): Operation | "held" | undefined {
    const again = this.#nextAgain();
    if (again !== undefined && again.step > 0) this.goOn(again);
    if (again !== undefined) return again.step > 0 ? "held" : again;
    // What was compiled without an index that is not there is thrown away at the first.
    const slab = this.#slabs.length === 0 ? undefined : this.#slabs[0];
    if (slab === undefined) return undefined;
    const row = this.#row++;
    this.#begun += 1;
    if (this.#row >= slab.batch.rows) {
      this.#slabs.shift();
      this.#row = 0;
    }
    return this.#admit(slab, row);
  }

  #admit(slab: Slab, row: number): Operation | "held" {
    this.#bind(slab);
    const { identity } = this.#options;
    const id = identity?.mint(row) ?? idFound(slab, row);
    const nameless = identity !== undefined && id === undefined;
    const key = nameless ? -1 : this.#encoders.batch.foldedKey(row, id);
    const operation = this.#options.operations.begin(slab, row, id, key);
    if (nameless) {
      this.#options.refuse(operation, withoutRowKey);
      return "held";
    }
    if (key === -1) return operation;
    const claim = this.#options.keys.claim(key, operation);
    if (claim === "granted") {
      const at = this.#lateUntil(key);
      if (at === 0) return operation;
      this.#delayed.add(at, operation);
    }
    if (claim === "blocked") this.#options.refuse({ ...operation, key: -1 }, blockedByEarlierRow);
    return "held";
  }

  readonly #encode: Encode = (out, operation, way) => {
    this.#bind(operation.slab);
    const { unread } = operation.slab.found;
    const failure = unread ?? this.#encoders[way].encode(operation.row, operation.step, operation.id, out);
    if (failure !== undefined) this.#options.refuse(operation, failure);
    return failure === undefined;
  };

  /** When no older write of the key can land any more; 0 = now. Nobody looks at the clock for it once a row. */
  #lateUntil(key: number): number {
    const { late, clock, delayed } = this.#options;
    if (late.none) return 0;
    const now = clock.now();
    const at = late.until(key, now);
    if (at > this.#delayToldUntil) {
      this.#delayToldUntil = at + delaysAlikeMs;
      delayed?.((at - now) / 1000);
    }
    return at;
  }

  #bind(slab: Slab): void {
    if (this.#bound === slab) return;
    const { batch, found } = slab;
    this.#bound = slab;
    this.#encoders.batch.bind(batch, found);
    this.#encoders.bulk.bind(batch, found);
    this.#options.identity?.bind(batch);
  }
}

/** A loop: what is made for one call is compiled anew after each major collection. */
function areSettled(operations: readonly Operation[]): boolean {
  for (const { slab, row } of operations) if (slab.settled[row] === 0) return false;
  return true;
}
