/**
 * Obedience: after a throttle reply no request leaves before Retry-After. There is one gate for each principal and web server, shared by
 * all streams, because the service counts so; where the server is not known, for each principal.
 */
import type { Clock } from "../core/clock.ts";
import type { Decisions } from "../core/log.ts";
import type { Reply } from "./http.ts";
import { readRetryAfter } from "./retry-after.ts";

/** HTTP: Service Unavailable. One that says until when is obeyed like a throttle. */
const unavailable = 503;
/** When a throttle reply does not say how long; doubles with each such reply in a row. */
const untoldFirstMs = 5_000;
const untoldDoublingsMax = 16;

export interface GateOptions {
  readonly clock: Clock;
  /** The principal's name, for people. */
  readonly principal: string;
  /** The number of the web server, for people; absent where it stands for any. */
  readonly server?: number | undefined;
  /** The longest Retry-After that is obeyed, milliseconds; the gate never closes for longer. */
  readonly retryAfterMaxMs: number;
  readonly log?: Pick<Decisions, "debug"> | undefined;
}

export interface Waiting {
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  readonly reason: string;
  readonly principal: string;
}

export class Gate {
  readonly #options: GateOptions;
  #openAt = Number.NEGATIVE_INFINITY;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** In the log. */
  #toldUntil = Number.NEGATIVE_INFINITY;
  #untold = 0;
  /** Throttle replies without any other between them, each after the gate had opened. */
  #inRow = 0;
  #reason = "";

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** On the clock's steady scale, milliseconds. */
  get openAt(): number {
    return this.#openAt;
  }

  /** Since when it is closed, or when it was for the last time, on the same scale: what left later was told no news. */
  get closedAt(): number {
    return this.#closedAt;
  }

  get isOpen(): boolean {
    return this.#options.clock.now() >= this.#openAt;
  }

  /** It was refused again as soon as it had opened: one request at a time tells whether it is over. */
  get isHalfOpen(): boolean {
    return this.#inRow > 1;
  }

  /** Nothing was let in since the last throttle reply. */
  get isUnproven(): boolean {
    return this.#inRow > 0;
  }

  /** Why and until when requests wait; undefined while the gate is open. */
  get waiting(): Waiting | undefined {
    if (this.isOpen) return undefined;
    const { clock, principal } = this.#options;
    return { untilMs: Math.ceil(clock.wall() + this.#openAt - clock.now()), reason: this.#reason, principal };
  }

  /** Closes until `untilMs` on the steady scale; an earlier moment than the present one changes nothing. */
  close(untilMs: number, reason: string): void {
    if (untilMs <= this.#openAt) return;
    const { isOpen } = this;
    if (isOpen) this.#closedAt = this.#options.clock.now();
    // Each of many requests that were under way is told a little more than the last.
    if (isOpen || untilMs - this.#closedAt >= 2 * (this.#toldUntil - this.#closedAt)) this.#tell(untilMs, reason);
    this.#openAt = untilMs;
    this.#reason = reason;
  }

  #tell(untilMs: number, reason: string): void {
    const { clock, principal, server = 0, log } = this.#options;
    this.#toldUntil = untilMs;
    log?.debug("a gate closes", { principal, server, seconds: (untilMs - clock.now()) / 1000, reason });
  }

  /** Closes as a throttle reply says; any other reply ends the row of those that do not say how long. */
  heed(reply: Reply): void {
    const { clock, retryAfterMaxMs } = this.#options;
    const later = reply.status === unavailable ? readRetryAfter(reply.headers, retryAfterMaxMs) : "missing";
    if (typeof later === "number") {
      this.close(clock.now() + later, "asked by the service to come later");
      return;
    }
    if (reply.status !== 429) {
      this.#untold = 0;
      if (this.isOpen) this.#inRow = 0;
      return;
    }
    if (this.isOpen) this.#inRow += 1;
    const told = readRetryAfter(reply.headers, retryAfterMaxMs);
    const wait =
      typeof told === "number" ? told + this.#extra(told) : told === "too_long" ? retryAfterMaxMs : this.#untoldMs();
    this.close(clock.now() + Math.min(retryAfterMaxMs, wait), "throttled by the service");
  }

  /** Two clients that do not know of each other, each refused for the other's sake and back at the second told, would never be let in. */
  #extra(waitMs: number): number {
    return this.isHalfOpen ? this.#options.clock.random() * waitMs : 0;
  }

  /** Replies that arrive while the gate is closed were on the way before it closed: they say nothing new. */
  #untoldMs(): number {
    if (!this.isOpen) return 0;
    const wait = untoldFirstMs * 2 ** Math.min(this.#untold, untoldDoublingsMax);
    this.#untold += 1;
    return Math.min(wait, this.#options.retryAfterMaxMs);
  }
}
