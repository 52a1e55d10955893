/**
 * Repeats attempts as their class says. It knows nothing of rows: whether a repetition is safe was decided by whoever made
 * the request. Every wait ends at once when the trip's signal is aborted, and no further attempt is made.
 */
import type { AttemptClass } from "../core/attempt.ts";
import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import { SidecarError } from "../core/errors.ts";
import type { Reply, Request, Send, Tally, Trip } from "./http.ts";
import { isNoEntry } from "./no-entry.ts";
import type { RetryAfter } from "./retry-after.ts";
import { readRetryAfter } from "./retry-after.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What came before the end of a request. */
export interface Trail {
  /** Throttle replies do not count, nor does what met an outage. */
  readonly attempts: number;
  /** 429 replies. */
  readonly throttles: number;
  /** An earlier attempt (of a failure: any attempt) may have been applied. */
  readonly uncertain: boolean;
  /** Milliseconds behind the gate. */
  readonly waitedMs: number;
}

/** Any failure of a request but the plain abort of one that cannot have been applied. */
export class SendFailure extends SidecarError {
  readonly trail: Trail;

  constructor(code: ErrorCode, message: string, options: { trail: Trail; remedy?: string; cause: unknown }) {
    super(code, message, options);
    this.trail = options.trail;
  }
}

/** @throws SendFailure; the signal's reason when aborted and nothing can have been applied. */
export type Resend = (request: Request, trip: Trip) => Promise<Reply & Trail>;

export interface RetryLimits {
  readonly attemptsMax: number;
  /** Milliseconds for one request, time behind the gate not counted. */
  readonly requestMaxMs: number;
  /** 429 replies to one request: so many at least, and for so long, milliseconds. A service that asks for a second each time is not at its end after twenty. */
  readonly throttlesMax: number;
  readonly throttledMinMs: number;
  /** The longest Retry-After that is obeyed, milliseconds. */
  readonly retryAfterMaxMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** Three throttle windows of the service (300 s each), and the common ground of retrying clients. */
export const retryLimits: RetryLimits = {
  attemptsMax: 8,
  requestMaxMs: 900_000,
  throttlesMax: 20,
  throttledMinMs: 900_000,
  retryAfterMaxMs: 900_000,
  backoffMs: 500,
  backoffMaxMs: 30_000,
};

/** Of a read that someone waits for: one hiccup is borne, an outage is reported. */
const shortAttempts = 2;

export interface RetryOptions {
  readonly clock: Clock;
  readonly limits: RetryLimits;
  /** Shared by all requests to an environment. */
  readonly budget: RetryBudget;
  /** Never throws, whatever the reply holds. */
  readonly classify: (reply: Reply, request: Request) => AttemptClass;
  /** It is repeated for what its last attempt came to, after so many milliseconds. */
  readonly repeated?: (code: AttemptClass["code"], pausedMs: number) => void;
}

/** The outermost layer. */
export function retry(options: RetryOptions): (next: Send) => Resend {
  return (next) => (request, trip) => new Tries(options, next, request, trip).run();
}

type Attempted =
  | { readonly reply: Reply; readonly class: AttemptClass }
  | { readonly error: SidecarError; readonly class: AttemptClass };

/** The attempts of one request; a request's state is its own, so that concurrent failures do not delay each other. */
class Tries {
  readonly #options: RetryOptions;
  readonly #next: Send;
  readonly #request: Request;
  readonly #trip: Trip;
  readonly #startedAt: number;
  readonly #tally: Tally = { outages: 0, waitedMs: 0 };
  #attempts = 0;
  #throttles = 0;
  #uncertain = false;

  constructor(options: RetryOptions, next: Send, request: Request, trip: Trip) {
    this.#options = options;
    this.#next = next;
    this.#request = request;
    this.#trip = trip;
    this.#startedAt = options.clock.now();
  }

  async run(): Promise<Reply & Trail> {
    for (;;) {
      const outages = this.#tally.outages;
      const attempted = await this.#attempt();
      const isOutage = this.#tally.outages > outages;
      const before = this.#trail();
      switch (attempted.class.remedy) {
        case "gate":
          this.#throttles += 1;
          break;
        case "backoff":
          if (!isOutage) this.#attempts += 1;
          this.#note(attempted.class);
          break;
        case "none":
        case "reauthorize":
        case "split":
        case "stop":
          this.#attempts += 1;
          if ("reply" in attempted) return { ...attempted.reply, ...before, attempts: this.#attempts };
          this.#note(attempted.class);
          throw this.#failure(attempted.error);
      }
      this.#assertMore(attempted);
      // Behind the outage it waits as it does behind a gate.
      if (attempted.class.remedy === "backoff" && !isOutage) await this.#pause(attempted);
    }
  }

  async #attempt(): Promise<Attempted> {
    const { budget, classify } = this.#options;
    budget.attempted();
    try {
      const reply = await this.#next(this.#request, { ...this.#trip, tally: this.#tally });
      return { reply, class: classify(reply, this.#request) };
    } catch (error) {
      if (!(error instanceof SidecarError) || error === this.#trip.signal.reason) throw this.#aborted(error);
      return { error, class: classOf(error) };
    }
  }

  /** Reading twice changes nothing: only a write can be applied unseen. */
  #note(attempt: AttemptClass): void {
    if (attempt.uncertain && this.#request.method !== "GET") this.#uncertain = true;
  }

  #attemptsMax(attempted: Attempted): number {
    const { patience } = this.#trip;
    const isDoor = "reply" in attempted && isNoEntry(attempted.reply);
    const isPatient = patience === undefined || (patience === "entry" && isDoor);
    return isPatient ? this.#options.limits.attemptsMax : shortAttempts;
  }

  #assertMore(attempted: Attempted): void {
    const why = this.#whyNoMore(attempted);
    if (why !== undefined) throw this.#spent(why, attempted);
  }

  #whyNoMore(attempted: Attempted): string | undefined {
    const { limits, clock } = this.#options;
    if (this.#uncertain && this.#trip.onUnknown === "report") return "it may have been applied";
    const ungatedMs = clock.now() - this.#startedAt - this.#tally.waitedMs;
    if (toldWait(attempted, limits) === "too_long") {
      return `the service asked to wait longer than the ${limits.retryAfterMaxMs / 1000} s of retry_after_max_s`;
    }
    if (this.#isThrottledForLong()) return `the service throttled it ${this.#throttles} times`;
    if (this.#attempts >= this.#attemptsMax(attempted)) return `${this.#attempts} attempts failed`;
    return ungatedMs >= limits.requestMaxMs ? `its ${limits.requestMaxMs / 1000} s are over` : undefined;
  }

  #isThrottledForLong(): boolean {
    const { limits, clock } = this.#options;
    if (this.#throttles < limits.throttlesMax) return false;
    return this.#trip.patience === "short" || clock.now() - this.#startedAt >= limits.throttledMinMs;
  }

  /** Full jitter, with Retry-After as a floor; then as long as the budget refuses. */
  async #pause(attempted: Attempted): Promise<void> {
    const { clock, limits, budget, repeated } = this.#options;
    const from = clock.now();
    const told = toldWait(attempted, limits);
    const floor = typeof told === "number" ? told : 0;
    const ceiling = Math.min(limits.backoffMaxMs, limits.backoffMs * 2 ** (this.#attempts - 1));
    try {
      await clock.sleep(Math.max(floor, clock.random() * ceiling), this.#trip.signal);
      while (!budget.tryRetry()) {
        this.#assertMore(attempted);
        await clock.sleep(limits.backoffMs * (1 + clock.random()), this.#trip.signal);
      }
      repeated?.(attempted.class.code, clock.now() - from);
    } catch (error) {
      throw error instanceof SendFailure ? error : this.#aborted(error);
    }
  }

  #trail(): Trail {
    return {
      attempts: this.#attempts,
      throttles: this.#throttles,
      uncertain: this.#uncertain,
      waitedMs: this.#tally.waitedMs,
    };
  }

  /** What is not ours was thrown by the abort or is a defect: neither may hide an attempt that may have been applied. */
  #aborted(thrown: unknown): unknown {
    if (!this.#uncertain) return thrown;
    return new SendFailure("outcome_unknown", "It was given up after an attempt that may have been applied.", {
      trail: this.#trail(),
      cause: thrown,
    });
  }

  #failure(error: SidecarError): SendFailure {
    return new SendFailure(error.code, error.message, { trail: this.#trail(), remedy: error.remedy, cause: error });
  }

  #spent(why: string, attempted: Attempted): SendFailure {
    const last = "reply" in attempted ? lastReply(attempted.reply) : attempted.error.message;
    const remedy = "error" in attempted ? attempted.error.remedy : "";
    return new SendFailure(
      this.#uncertain ? "outcome_unknown" : "deadline_passed",
      `Given up, because ${why}. ${last}`,
      {
        trail: this.#trail(),
        remedy,
        cause: "error" in attempted ? attempted.error : undefined,
      },
    );
  }
}

function lastReply({ status }: Reply): string {
  const isRedirect = status >= 300 && status < 400;
  return `The last reply was ${status}${isRedirect ? ", to another address, where no token is taken" : ""}.`;
}

function toldWait(attempted: Attempted, { retryAfterMaxMs }: RetryLimits): RetryAfter {
  return "reply" in attempted ? readRetryAfter(attempted.reply.headers, retryAfterMaxMs) : "missing";
}

function classOf(error: SidecarError): AttemptClass {
  if (error.code === "unavailable") return { code: "unavailable", remedy: "backoff", uncertain: false };
  if (error.code === "outcome_unknown") return { code: "outcome_unknown", remedy: "backoff", uncertain: true };
  return { code: "unavailable", remedy: "stop", uncertain: false };
}
