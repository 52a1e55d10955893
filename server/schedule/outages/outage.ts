/**
 * A service that lets nobody in, as during maintenance. Nothing is sent to it until a small question of our own is let in. Requests that met
 * the outage wait, and that was no attempt of theirs, however long it takes: the bound is the time that a stream may go without a settled row.
 */
import type { Clock } from "../../core/clock.ts";
import type { Decisions } from "../../core/log.ts";
import type { Reply, Work } from "../../transport/http.ts";
import { isNoEntry } from "../../transport/no-entry.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";

/** Refusals in a row, without any other answer, that make an outage: fewer happen by chance, more would be most of a small stream's requests. */
const refusedLeast = 4;
/** Between two questions, doubling. After the longest wait the next is asked even if the last one was not answered. */
const askFirstMs = 1_000;
const askMostMs = 30_000;
/**
 * Where work is refused for so long while questions are let in, it is no longer taken for an outage: these rows may be what breaks the service,
 * or whatever stands before it. Must be shorter than the time that a stream may go without a settled row, which would end each run first.
 */
const aloneMostMs = 600_000;
/** So long after the last refusal, a new one has another cause. An attempt that goes unanswered takes half of that. */
const memoryMs = 600_000;
/**
 * What a lane is for. `turn`: a stream's turn. `opening`: what a stream must know before its first turn. `read`: any other read; somebody waits
 * for its answer, if only to hear that the service is away. `question`: the question whether it is.
 */
export type LaneKind = "turn" | "opening" | "read" | "question";

export interface OutageOptions {
  readonly clock: Clock;
  /** Whether the service lets a question in; `undefined` while none may be asked. */
  readonly ask: () => Promise<boolean> | undefined;
  /** The longest Retry-After that is obeyed, milliseconds. */
  readonly retryAfterMaxMs: number;
  readonly log?: Pick<Decisions, "info" | "warn"> | undefined;
}

export class Outage {
  readonly #options: OutageOptions;
  #inRow = 0;
  /** When a request was last refused, or the outage ended. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #since: number | undefined;
  #askAt = Number.POSITIVE_INFINITY;
  #delayMs = askFirstMs;
  /** Something answers at that address, if only to let nobody in. */
  #isAnswered = false;
  /** The last work that was refused since any was let in, and whether there was that of several requests. */
  #refusedWork: Work | undefined;
  #isSeveral = false;
  /** When that began. */
  #refusedSince = 0;
  /** Work has been refused for `aloneMostMs` while questions were let in: the fault is its own. */
  #isTheirs = false;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Nothing may be sent. */
  get holds(): boolean {
    return this.#since !== undefined;
  }

  /** When the service is to be asked, in the clock's milliseconds; infinite while requests may be sent. */
  get askAt(): number {
    return this.#askAt;
  }

  /** Whether requests of such a lane wait for the end. An address that never answered may be a wrong one, which is told at once. */
  outlasts(kind: LaneKind): boolean {
    return kind === "turn" || (kind === "opening" && this.#isAnswered);
  }

  /**
   * An attempt was answered so, or, absent, was not answered or could not be made.
   * @param work of the request, the same at each of its attempts; absent of a read.
   * @returns whether an outage is why.
   */
  met(reply: Reply | undefined, work: Work | undefined): boolean {
    if (reply !== undefined) this.#isAnswered = true;
    const isLetIn = reply !== undefined && !isNoEntry(reply);
    if (isLetIn) this.#answered(work);
    else this.#refused(reply, work);
    return this.holds && !isLetIn && !this.#isTheirs;
  }

  #answered(work: Work | undefined): void {
    // That a read is let in says nothing while work is refused.
    if (work === undefined && this.#refusedWork !== undefined) return;
    // It may have been let in before the others were refused. Whether they would be let in by now, only the question tells.
    if (this.holds) this.#askAt = Math.min(this.#askAt, this.#options.clock.now());
    else this.#forget();
  }

  #forget(): void {
    this.#delayMs = askFirstMs;
    this.#inRow = 0;
    this.#refusedWork = undefined;
    this.#isSeveral = false;
    this.#isTheirs = false;
  }

  #refused(reply: Reply | undefined, work: Work | undefined): void {
    const { clock, log, retryAfterMaxMs } = this.#options;
    if (!this.holds && clock.now() - this.#lastAt > memoryMs) this.#forget();
    this.#lastAt = clock.now();
    if (work !== undefined) {
      if (this.#refusedWork === undefined) this.#refusedSince = clock.now();
      this.#isSeveral ||= this.#refusedWork !== undefined && this.#refusedWork !== work;
      this.#refusedWork = work;
    }
    if (this.holds) return;
    this.#inRow += 1;
    if (this.#inRow < refusedLeast) return;
    const told = readRetryAfter(reply?.headers ?? {}, retryAfterMaxMs);
    this.#since = clock.now();
    this.#askLater(typeof told === "number" ? told : 0);
    log?.warn("the service is away", { seconds: (this.#askAt - this.#since) / 1000 });
  }

  /** Asks where it is time to. Resolves with whether requests may be sent again. */
  async ask(): Promise<boolean> {
    const { clock, ask } = this.#options;
    if (clock.now() < this.#askAt) return false;
    const answer = ask();
    if (answer === undefined) return false;
    this.#askAt = clock.now() + askMostMs;
    const isLetIn = await answer;
    // An earlier question may have been answered meanwhile.
    if (!this.holds) return false;
    if (isLetIn) this.#end();
    else this.#goOn();
    return true;
  }

  /** The question was refused too: from now on it is everybody's outage, and no longer that of work alone. */
  #goOn(): void {
    this.#refusedSince = this.#options.clock.now();
    this.#isTheirs = false;
    this.#askLater(0);
  }

  #end(): void {
    const { clock, log } = this.#options;
    log?.info("the service is back", { seconds: (clock.now() - (this.#since ?? 0)) / 1000 });
    this.#since = undefined;
    this.#lastAt = clock.now();
    this.#askAt = Number.POSITIVE_INFINITY;
    // The question may be let in where work is not. Then the next refusal resumes the outage; not so for one request that is always refused.
    this.#inRow = this.#isSeveral ? refusedLeast - 1 : 0;
    this.#isTheirs = this.#isSeveral && clock.now() - this.#refusedSince >= aloneMostMs;
  }

  /** Jittered, since many processes may have been refused in the same instant. */
  #askLater(leastMs: number): void {
    const { clock } = this.#options;
    this.#askAt = clock.now() + Math.max(leastMs, (this.#delayMs * (1 + clock.random())) / 2);
    this.#delayMs = Math.min(askMostMs, this.#delayMs * 2);
  }
}
