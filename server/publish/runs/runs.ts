/**
 * What streams of one run share: the newest attempt of each partition, the count of failed rows, and the reason to stop. A run is
 * remembered for a while after its last stream, since the tasks of a job come one after another.
 */
import type { Clock } from "../../core/clock.ts";
import { SidecarError } from "../../core/errors.ts";
import type { Progress } from "../publication.ts";
import type { Counted, Tally } from "./tally.ts";
import { add, failing, nothing, ratioFromRows, tallyOf } from "./tally.ts";

/** A member of a run, as the run sees it. */
export interface LiveStream extends Counted {
  readonly attempt: number;
  /** Settles what is on the wire, counts the rest as not sent, and ends OK. */
  stop(reason: SidecarError): void;
  /** Ends with an error status; resolves when nothing of it is on the wire. */
  expel(reason: SidecarError): Promise<void>;
  progress(): Progress;
}

export interface Tolerance {
  /** 0 = no limit. */
  readonly maxFailedRows: number;
  /** 1 = off. */
  readonly maxFailedRatio: number;
}

/** A job has some hundreds of partitions; past this the oldest counts are given up, and limits on failed rows see fewer rows. */
const partitionsMax = 100_000;
const runsMax = 1000;
/** The tasks of one job follow each other within seconds; a run started again by hand begins with counts of its own. */
const rememberedMs = 60_000;
interface Finished {
  readonly tally: Tally;
  readonly hasRows: boolean;
}

export class Run {
  readonly id: string;
  readonly #clock: Clock;
  readonly #live = new Map<string, LiveStream>();
  readonly #finished = new Map<string, Finished>();
  #sum: Tally = nothing;
  #stopped: SidecarError | undefined;
  /** Its last stream left after it had been stopped. */
  #isOver = false;

  /** When the last stream left, in the clock's milliseconds. */
  leftAt: number;

  constructor(id: string, clock: Clock) {
    this.id = id;
    this.#clock = clock;
    this.leftAt = clock.now();
  }

  get streams(): number {
    return this.#live.size;
  }

  /** Why the run stopped; gone when the last stream has left, so that it can be started again. */
  get stopped(): SidecarError | undefined {
    return this.#stopped;
  }

  /**
   * Lets a stream in. `seat` names environment, table and partition: a greater attempt expels the smaller one and waits until
   * that has settled.
   * @returns whether rows of the partition were received before.
   * @throws SidecarError `superseded` for a smaller attempt, `invalid_command` for an equal one.
   */
  async join(seat: string, stream: LiveStream): Promise<boolean> {
    for (let other = this.#live.get(seat); other !== undefined; other = this.#live.get(seat)) {
      if (other.attempt === stream.attempt) {
        throw new SidecarError(
          "invalid_command",
          `Attempt ${stream.attempt} of this partition is being published already.`,
          {
            remedy: "Give each stream of a run a partition of its own, and each repetition a greater attempt.",
          },
        );
      }
      if (other.attempt > stream.attempt) {
        throw superseded(other.attempt);
      }
      await other.expel(superseded(stream.attempt));
      if (this.#live.get(seat) === other) this.#live.delete(seat);
    }
    const before = this.#finished.get(seat);
    // The next tasks of the same try have partitions of their own.
    if (this.#isOver && before !== undefined) this.#countAnew();
    this.#forget(seat);
    this.#live.set(seat, stream);
    if (this.#stopped !== undefined) stream.stop(this.#stopped);
    return before?.hasRows === true;
  }

  leave(seat: string, stream: LiveStream): void {
    if (this.#live.get(seat) !== stream) return;
    this.#live.delete(seat);
    const done = tallyOf(stream);
    this.#finished.set(seat, { tally: done, hasRows: done.received > 0 });
    this.#sum = add(this.#sum, done, 1);
    const [oldest] = this.#finished.keys();
    if (this.#finished.size > partitionsMax && oldest !== undefined) this.#forget(oldest);
    this.leftAt = this.#clock.now();
    if (this.#live.size > 0) return;
    this.#isOver ||= this.#stopped !== undefined;
    this.#stopped = undefined;
  }

  /** A run that was stopped for its failed rows is not stopped again for the same ones; what was published stays known. */
  #countAnew(): void {
    this.#isOver = false;
    this.#sum = nothing;
    for (const [seat, { hasRows }] of this.#finished) this.#finished.set(seat, { tally: nothing, hasRows });
  }

  /** Stops every stream when more rows failed than the caller tolerates. */
  review(tolerance: Tolerance): void {
    if (this.#stopped !== undefined) return;
    const counts = this.counts();
    const { failed, settled } = counts;
    const { maxFailedRows, maxFailedRatio } = tolerance;
    if (maxFailedRows > 0 && failed > maxFailedRows) {
      this.stop(tooMany(`${failed} rows failed, more than max_failed_rows = ${maxFailedRows} allows.`));
      return;
    }
    const share = maxFailedRatio < 1 && settled >= ratioFromRows ? failing(counts) : 0;
    if (share > maxFailedRatio) {
      const percent = Math.round(share * 100);
      this.stop(
        tooMany(
          `${percent} % of the rows fail, ${failed} so far: more than max_failed_ratio = ${maxFailedRatio} allows.`,
        ),
      );
    }
  }

  stop(reason: SidecarError): void {
    this.#stopped = reason;
    for (const stream of this.#live.values()) stream.stop(reason);
  }

  async cancel(): Promise<void> {
    const reason = new SidecarError("cancelled", "The run was cancelled by its owner.");
    await Promise.all([...this.#live.values()].map((stream) => stream.expel(reason)));
  }

  /** Rows over all partitions, each by its newest attempt. */
  counts(): Tally {
    return [...this.#live.values()].reduce((sum, stream) => add(sum, tallyOf(stream), 1), this.#sum);
  }

  /** Rows a second that its streams settled in the last minute. */
  rowsPerSecond(): number {
    return [...this.#live.values()].reduce((sum, stream) => sum + stream.progress().rowsPerSecond, 0);
  }

  /** What the streams under way are waiting for, if anything. */
  waiting(): Progress["waiting"] {
    return [...this.#live.values()].map((stream) => stream.progress().waiting).find((waiting) => waiting !== undefined);
  }

  #forget(seat: string): void {
    const done = this.#finished.get(seat);
    if (done === undefined) return;
    this.#finished.delete(seat);
    this.#sum = add(this.#sum, done.tally, -1);
  }
}

function superseded(attempt: number): SidecarError {
  return new SidecarError("superseded", `Attempt ${attempt} of this partition has taken over.`, {
    remedy: "The same run was started again: wait for that one, or give each call a run id of its own.",
  });
}

function tooMany(message: string): SidecarError {
  return new SidecarError("too_many_failed_rows", message, {
    remedy: "Look at the failed rows: the mapping or a right is wrong more often than the rows.",
  });
}

export class Runs {
  readonly #clock: Clock;
  readonly #runs = new Map<string, Run>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The run of this name, remembered or new. */
  get(id: string): Run {
    const known = this.#runs.get(id);
    const run = known === undefined || this.#isStale(known) ? new Run(id, this.#clock) : known;
    // Deleted first: a Map keeps insertion order, and the least recently used is forgotten first.
    this.#runs.delete(id);
    this.#runs.set(id, run);
    // With a run go the tables it has read: a server of many small publications must not keep those of a thousand.
    for (const [name, old] of this.#runs) {
      if (old.streams > 0 || old === run) continue;
      if (this.#runs.size > runsMax || this.#isStale(old)) this.#runs.delete(name);
    }
    return run;
  }

  #isStale(run: Run): boolean {
    return run.streams === 0 && this.#clock.now() - run.leftAt > rememberedMs;
  }

  find(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  get streams(): number {
    return [...this.#runs.values()].reduce((sum, run) => sum + run.streams, 0);
  }

  stop(reason: SidecarError): void {
    for (const run of this.#runs.values()) if (run.streams > 0) run.stop(reason);
  }
}
