/** What a stream's requests came to: counts for its summary, and what holds it up for its progress. */
import type { Clock } from "../../core/clock.ts";
import type { Scheduler } from "../../schedule/scheduler.ts";
import type { Trail } from "../../transport/retry.ts";
import type { Progress } from "../publication.ts";

export class Traffic {
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #scope: string | undefined;
  #requests = 0;
  #throttles = 0;
  #waitedMs = 0;
  #waitedUntil = Number.NEGATIVE_INFINITY;

  /** @param scope the table and mode that the stream sends for. */
  constructor(scheduler: Scheduler, clock: Clock, scope?: string) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#scope = scope;
  }

  readonly learn = (trail: Trail): void => {
    this.#requests += trail.attempts + trail.throttles;
    this.#throttles += trail.throttles;
    this.#addWait(trail.waitedMs);
  };

  totals(): { readonly requests: number; readonly throttles: number; readonly waitedMs: number } {
    return { requests: this.#requests, throttles: this.#throttles, waitedMs: Math.round(this.#waitedMs) };
  }

  /** The service's limits let nobody send for the stream; a service that is away is another thing. */
  get isHeld(): boolean {
    return this.#scheduler.isHeld(this.#scope);
  }

  /** Why nothing of the stream may be sent, whoever it were that sent it. */
  waiting(): Progress["waiting"] {
    return this.#scheduler.waitingFor(this.#scope);
  }

  /** Lanes wait side by side: the same second counts once. */
  #addWait(ms: number): void {
    const now = this.#clock.now();
    this.#waitedMs += Math.max(0, now - Math.max(now - ms, this.#waitedUntil));
    if (ms > 0) this.#waitedUntil = now;
  }
}
