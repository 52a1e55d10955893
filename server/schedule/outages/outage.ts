/**
 * A service that lets nobody in, as during maintenance. Nothing is sent to it until a small question of our own is let in; what met it waits,
 * and that was no attempt, however long it takes: the bound is the time that a stream goes without a settled row.
 */
import type { Clock } from "../../core/clock.ts";
import type { Decisions } from "../../core/log.ts";
import type { Reply } from "../../transport/http.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";

/** Without any other answer between them: so few happen by chance, and more would be most of a small stream's requests. */
const refusedLeast = 4;
/** Between two questions, doubling; one that goes unanswered holds the next one up no longer. */
const askFirstMs = 1_000;
const askMostMs = 30_000;
/** HTTP: Bad Gateway, Service Unavailable, Gateway Timeout. */
const statuses: ReadonlySet<number> = new Set([502, 503, 504]);

/** Whether whoever answers so may be no more than the door of a service that is away. */
export function isNoEntry({ status }: Pick<Reply, "status">): boolean {
  return statuses.has(status);
}

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
  #since: number | undefined;
  #askAt = Number.POSITIVE_INFINITY;
  #delayMs = askFirstMs;

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

  /** An attempt was answered so, or, absent, could not be made. @returns whether an outage is why. */
  met(reply: Reply | undefined): boolean {
    if (reply !== undefined && !isNoEntry(reply)) this.#answered();
    else if (!this.holds) this.#refused(reply);
    return this.holds && (reply === undefined || isNoEntry(reply));
  }

  #answered(): void {
    // It may have been let in before all others were refused: whether they are let in by now, only asking tells.
    if (this.holds) this.#askAt = Math.min(this.#askAt, this.#options.clock.now());
    else this.#delayMs = askFirstMs;
    this.#inRow = 0;
  }

  #refused(reply: Reply | undefined): void {
    const { clock, log, retryAfterMaxMs } = this.#options;
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
    else this.#askLater(0);
    return true;
  }

  #end(): void {
    const { clock, log } = this.#options;
    log?.info("the service is back", { seconds: (clock.now() - (this.#since ?? 0)) / 1000 });
    this.#since = undefined;
    this.#askAt = Number.POSITIVE_INFINITY;
    this.#inRow = 0;
  }

  /** Many processes may have been refused in the same instant. What is let in and refused again soon after waits on as long. */
  #askLater(leastMs: number): void {
    const { clock } = this.#options;
    this.#askAt = clock.now() + Math.max(leastMs, (this.#delayMs * (1 + clock.random())) / 2);
    this.#delayMs = Math.min(askMostMs, this.#delayMs * 2);
  }
}
