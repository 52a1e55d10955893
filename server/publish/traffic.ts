/** What a stream's requests came to: counts for its summary, gates for its progress, and lessons for the lanes. */
import type { Clock } from "../core/clock.ts";
import type { Reply } from "../transport/http.ts";
import type { Trail } from "../transport/retry.ts";
import type { Lanes } from "./lanes.ts";
import type { Principal } from "./principal.ts";
import type { Progress } from "./publication.ts";

export class Traffic {
  readonly #lanes: Lanes;
  readonly #clock: Clock;
  #requests = 0;
  #throttles = 0;
  #waitedMs = 0;
  #waitedUntil = Number.NEGATIVE_INFINITY;

  constructor(lanes: Lanes, clock: Clock) {
    this.#lanes = lanes;
    this.#clock = clock;
  }

  readonly learn = (principal: Principal, reply: Reply | undefined, trail: Trail): void => {
    this.#requests += trail.attempts + trail.throttles;
    this.#throttles += trail.throttles;
    this.#addWait(trail.waitedMs);
    if (reply !== undefined) this.#lanes.learn(principal, reply, trail.throttles);
  };

  totals(): { readonly requests: number; readonly throttles: number; readonly waitedMs: number } {
    return { requests: this.#requests, throttles: this.#throttles, waitedMs: Math.round(this.#waitedMs) };
  }

  /** The gate that opens first, when every principal's gate is closed. */
  waiting(): Progress["waiting"] {
    const gates = this.#lanes.principals.map((principal) => principal.gate);
    if (gates.some((gate) => gate.isOpen)) return undefined;
    return gates.sort((a, b) => a.openAt - b.openAt)[0]?.waiting;
  }

  /** Any gate is closed: a batch keeps its principal, so that it may be what holds the stream though others go on. */
  get gated(): boolean {
    return this.#lanes.principals.some((principal) => !principal.gate.isOpen);
  }

  /** Lanes wait side by side: the same second counts once. */
  #addWait(ms: number): void {
    const now = this.#clock.now();
    this.#waitedMs += Math.max(0, now - Math.max(now - ms, this.#waitedUntil));
    if (ms > 0) this.#waitedUntil = now;
  }
}
