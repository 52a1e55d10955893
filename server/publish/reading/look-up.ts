/**
 * Looks before it sends: a partition that was published before is read in chunks, and only what is not there goes out. Reading a row
 * costs a hundredth of writing it, so the first requests' rows are read on suspicion alone, one request at a time; once some are found
 * it goes on, in every lane, until enough rows in a row show that the earlier try did not get so far.
 */
import { asSidecarError } from "../../core/errors.ts";
import type { ReadBack, Superseded } from "../../dataverse/answers/read-back.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import { isElastic } from "../../dataverse/rows/elastic.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Batcher } from "../batching/batcher.ts";
import type { Followers, FollowersOf } from "../order/followers.ts";
import { KeySet } from "../order/key-set.ts";
import type { Batch, Operation, Shape } from "../rows/batch.ts";
import { operationsMax } from "../rows/batch.ts";
import type { Slab } from "../rows/ledger.ts";
import { noTime } from "../rows/settlement.ts";
import type { SenderOptions } from "../sending/sender.ts";
import { differentRow } from "./reconciler.ts";
import type { RowReader } from "./row-reader.ts";

/** Read at once: a few queries of one request. */
export const rowsPerLook = 1000;
/** Rows in a row of which none is as sent, before the rest goes unread: what the first request holds. */
export const missesMax = 50;
/** Keys that got a row while others are looked at: 3 MiB. Past it all keys count as such, and their rows are sent. */
const writtenMax = 100_000;

/** For so long looks go on that the service does not answer, ever more seldom; then their rows fail, before the run is stopped. */
const silenceMaxMs = 600_000;
const againMs = { least: 1000, most: 15_000 } as const;

export interface LookUpOptions
  extends Pick<
    SenderOptions,
    "mapping" | "clock" | "signal" | "settle" | "again" | "exists" | "stop" | "putBack" | "strategy"
  > {
  readonly reader: RowReader;
  readonly followers: Pick<Followers, "of">;
  readonly batcher: Pick<Batcher, "ready" | "hasDue">;
  /** Settles a row whose values were applied, and overwritten by those of a later one: no step of it is left. */
  readonly supersede: (operation: Operation, id: string) => void;
  /** As `Sender.send`. */
  readonly send: (batch: Batch, lane: Lane) => Promise<void>;
}

/**
 * `idle`: nothing speaks for an earlier try. `unsure`: nobody knows, and the first looks decide. `looking`: rows of one were found.
 * `over`: no more are to be expected.
 */
type State = "idle" | "unsure" | "looking" | "over";

/** What was found out about a row while an earlier one of its key was looked at. */
interface Known {
  readonly id: string;
  readonly isLast: boolean;
}

export class LookUp {
  readonly #options: LookUpOptions;
  /** Bounded by the rows in memory. */
  readonly #known = new WeakMap<Slab, Map<number, Known>>();
  /** Keys of which this stream has written a row: what stands there is no trace of an earlier try. */
  readonly #written = new KeySet();
  /** Reading alone tells which half of an upsert a row needs: once that was sent, a lost reply would leave it open for ever. */
  readonly #splits: boolean;
  #state: State;
  /** Rows that are not looked at any more may be among the known. */
  #knows = false;
  #hasSent = false;
  #misses = 0;
  /** When the first look began that went unanswered, and none was answered since; the clock's milliseconds. */
  #silentSince: number | undefined;
  #isAsking = false;

  constructor(options: LookUpOptions) {
    this.#options = options;
    this.#splits = options.mapping.updateStep !== undefined;
    this.#state = this.#splits ? "looking" : firstState(options.mapping);
  }

  /** Rows of an earlier try may stand there. */
  begin(): void {
    if (this.#state !== "over") this.#state = "looking";
  }

  /** A row of the key was sent, and applied. */
  wrote(key: number): void {
    const mayLook = this.#state === "unsure" || this.#state === "looking";
    if (mayLook && this.#overwrites && this.#written.size < writtenMax) this.#written.add(key);
  }

  /** One of the first looks is under way, and decides what becomes of all other rows. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Rows should wait until those are in memory that are just coming: among them may be later ones of their keys. */
  get gathers(): boolean {
    return this.#overwrites && (this.#state === "looking" || (this.#state === "unsure" && !this.#hasSent));
  }

  /** What an INSERT or a DELETE finds as it would leave it, no other row of the input has changed since. */
  get #overwrites(): boolean {
    const { mode } = this.#options.mapping.request;
    return !this.#splits && (mode === "UPDATE" || mode === "UPSERT");
  }

  /** What the next batch should be like: to be asked for once for each. */
  shape(): Shape {
    const { strategy, batcher } = this.#options;
    // Rows that were looked at go before any are looked at beyond them.
    const looks = this.#state === "looking" && !batcher.hasDue;
    return looks ? { ...strategy.next(), size: rowsPerLook } : (strategy.trial() ?? strategy.next());
  }

  /** Sends what is not there already. Resolves as `Sender.send`. */
  async send(batch: Batch, lane: Lane): Promise<void> {
    const { operations, suspects } = batch;
    const isOver = this.#state === "idle" || (this.#state === "over" && !this.#knows);
    if (suspects !== undefined || isOver || !operations.some(isUntouched)) {
      return await this.#options.send(batch, lane);
    }
    const unknown = operations.filter((operation) => !this.#isKnown(operation));
    const followers = this.#followersOf(unknown);
    this.#hasSent = true;
    const left = followers === undefined ? unknown : await this.#ask(unknown, followers, lane);
    const { size: planned } = this.#options.strategy.next();
    // Rows may go by larger requests the other way since these were begun.
    const size = batch.way === "batch" ? Math.min(planned, operationsMax) : planned;
    if (left.length === operations.length && left.length <= size) return await this.#options.send(batch, lane);
    // Not cut into requests now: what size is best is not known before the first answers.
    this.#options.putBack(left.slice(size));
    if (left.length > 0) await this.#options.send({ way: batch.way, operations: left.slice(0, size) }, lane);
  }

  /** Undefined: these rows are not worth a look. */
  #followersOf(operations: readonly Operation[]): FollowersOf | undefined {
    const { followers, batcher } = this.#options;
    if (this.#state === "over") return undefined;
    const found = this.#overwrites ? followers.of(operations.filter((each) => this.#mayBeOverwritten(each))) : nobody;
    // Of a few rows, each of its own key, to read one costs as much time as to write them all.
    return this.#state === "looking" || batcher.ready > 0 || found.size > 0 ? found : undefined;
  }

  /** By a later row of its key, in an earlier try. */
  #mayBeOverwritten(operation: Operation): boolean {
    return isUntouched(operation) && this.#written.size < writtenMax && !this.#written.has(operation.key);
  }

  async #ask(operations: readonly Operation[], followers: FollowersOf, lane: Lane): Promise<readonly Operation[]> {
    const isFirst = this.#state === "unsure";
    this.#isAsking ||= isFirst;
    try {
      return await this.#look(operations, followers, lane);
    } finally {
      if (isFirst) this.#isAsking = false;
    }
  }

  /** Settles what stands there already; resolves with what must be sent. Never rejects for reasons of the service. */
  async #look(operations: readonly Operation[], followers: FollowersOf, lane: Lane): Promise<readonly Operation[]> {
    const untouched = operations.filter(isUntouched);
    const found = await this.#read(untouched, followers, lane);
    if (found === "unanswered") {
      for (const operation of untouched) this.#later(operation);
      return operations.filter((operation) => !isUntouched(operation));
    }
    const settled = new Set(
      untouched.filter((operation, i) => this.#settle(operation, found[i], followers.get(operation) ?? [])),
    );
    for (const operation of untouched) operation.looked = true;
    this.#misses = settled.size > 0 ? 0 : this.#misses + untouched.length;
    if (this.#misses >= missesMax && !this.#splits) this.#state = "over";
    else if (this.#state === "unsure" && settled.size > 0) this.#state = "looking";
    return operations.filter((operation) => !settled.has(operation));
  }

  /** None is told of rows that may not be read, and `unanswered` where their values could go over newer ones of an earlier try. */
  async #read(
    operations: readonly Operation[],
    followers: FollowersOf,
    lane: Lane,
  ): Promise<readonly (ReadBack | Superseded)[] | "unanswered"> {
    const from = this.#options.clock.now();
    try {
      const found = await this.#options.reader.readAhead(operations, followers, lane);
      this.#silentSince = undefined;
      return found;
    } catch (thrown) {
      const error = asSidecarError(thrown);
      if (error.code === "internal") throw thrown;
      if (error.code === "credentials_rejected" || error.code === "principal_forbidden") this.#options.stop(error);
      const isRefused = error.code === "row_forbidden" || error.code === "row_rejected";
      if (isRefused || !this.#overwrites) return [];
      this.#silentSince ??= from;
      return "unanswered";
    }
  }

  /** It is looked at again, after about as long as the service has been silent. */
  #later(operation: Operation): void {
    const { settle, again, clock, signal } = this.#options;
    const now = clock.now();
    const silentMs = now - (this.#silentSince ?? now);
    // Of a stream that has halted it was not sent.
    if (silentMs >= silenceMaxMs && !signal.aborted) settle(operation, { kind: "failed", failure: noTime });
    else again(operation, now + Math.min(Math.max(silentMs, againMs.least), againMs.most));
  }

  /** False: the row must be sent. */
  #settle(operation: Operation, there: ReadBack | Superseded | undefined, followers: readonly Operation[]): boolean {
    const { settle, mapping } = this.#options;
    const { mode, onMissing } = mapping.request;
    if (this.#splits) return this.#half(operation, there);
    switch (there?.kind) {
      case "same":
        settle(operation, { kind: "unchanged", id: there.id });
        return true;
      case "superseded":
        this.#supersede([operation, ...followers.slice(0, there.rows - 1)], there);
        return true;
      case "different":
        // What an elastic table shows may be of yesterday: whether the row collides is told when it is sent.
        if (mode !== "INSERT" || isElastic(mapping.table)) return false;
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

  /** What is sent where the row exists does not show in what is sent where it creates: it is not compared. */
  #half(operation: Operation, there: ReadBack | Superseded | undefined): boolean {
    if (there?.kind === "absent") operation.wasAbsent = true;
    if (there === undefined || there.kind === "absent" || there.kind === "unreadable") return false;
    return this.#options.exists(operation, undefined, true);
  }

  /** Settles the first of these rows of a key, and notes what becomes of the others when it is their turn. */
  #supersede(rows: readonly Operation[], { id, stands, hides }: Superseded): void {
    this.#knows = true;
    for (const [i, { slab, row }] of rows.entries()) {
      const known = this.#known.get(slab) ?? new Map<number, Known>();
      const isLast = stands && i === rows.length - 1;
      // What does not show of the last one is sent with it.
      if (!isLast || !hides) this.#known.set(slab, known.set(row, { id, isLast }));
    }
    for (const operation of rows.slice(0, 1)) this.#isKnown(operation);
  }

  /** Settles what was found out before. */
  #isKnown(operation: Operation): boolean {
    const known = isUntouched(operation) ? this.#known.get(operation.slab)?.get(operation.row) : undefined;
    if (known === undefined) return false;
    if (known.isLast) this.#options.settle(operation, { kind: "unchanged", id: known.id });
    else this.#options.supersede(operation, known.id);
    return true;
  }
}

const nobody: FollowersOf = new Map();

/**
 * `unsure` where nothing but reading would tell that the rows were written before. An INSERT meets a duplicate, and links cannot be read.
 * Rows of an elastic table are read one by one, which costs as much as to write them, and what is read may be behind: a row that was
 * created a moment ago seems absent and would be called deleted, one that was changed seems as sent and would be called unchanged.
 * That a row was once created as sent is no less true for being old news.
 */
function firstState({ request, table }: Mapping): State {
  const { mode, onMissing } = request;
  if (mode === "INSERT" || table.intersect !== undefined) return "idle";
  if (isElastic(table)) return "over";
  return mode !== "DELETE" || onMissing === "ACCEPT" ? "unsure" : "idle";
}

/** Of the first step of its row, and never sent: what was sent is settled by its answer, or by reading after it. */
function isUntouched({ step, attempts, uncertainAt, looked = false }: Operation): boolean {
  return step === 0 && attempts === 0 && uncertainAt === 0 && !looked;
}
