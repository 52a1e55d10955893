/**
 * Obedience: after a throttle reply no request of that principal leaves before Retry-After. One gate per principal is shared
 * by all its streams, because the service counts per principal.
 */
import type { Clock } from "../core/clock.ts";
import { SidecarError } from "../core/errors.ts";
import type { Layer, Reply, Request, Send, Trip } from "./http.ts";
import { readRetryAfter } from "./retry-after.ts";

/** When a throttle reply does not say how long; doubles with each such reply in a row. */
const UNTOLD_MS = 5_000;
const UNTOLD_DOUBLINGS_MAX = 16;

export interface GateOptions {
  readonly clock: Clock;
  /** The principal's name, for people. */
  readonly principal: string;
  /** The longest Retry-After that is obeyed, milliseconds; the gate never closes for longer. */
  readonly retryAfterMaxMs: number;
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
  #closedAt = 0;
  #closedBeforeMs = 0;
  #untold = 0;
  #reason = "";

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** On the clock's steady scale, milliseconds. */
  get openAt(): number {
    return this.#openAt;
  }

  get isOpen(): boolean {
    return this.#options.clock.now() >= this.#openAt;
  }

  /** How long the gate has been closed in all, milliseconds; a stream's own share is the growth while it lived. */
  get closedMs(): number {
    return this.#closedBeforeMs + Math.max(0, Math.min(this.#options.clock.now(), this.#openAt) - this.#closedAt);
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
    if (this.isOpen) {
      this.#closedBeforeMs = this.closedMs;
      this.#closedAt = this.#options.clock.now();
    }
    this.#openAt = untilMs;
    this.#reason = reason;
  }

  /** Closes as a throttle reply says; any other reply ends the row of those that do not say how long. */
  heed(reply: Reply): void {
    const { clock, retryAfterMaxMs } = this.#options;
    if (reply.status !== 429) {
      this.#untold = 0;
      return;
    }
    const told = readRetryAfter(reply.headers, retryAfterMaxMs);
    const wait = typeof told === "number" ? told : told === "too_long" ? retryAfterMaxMs : this.#untoldMs();
    this.close(clock.now() + wait, "throttled by the service");
  }

  /** Resolves when the gate is open; a close that comes meanwhile extends the wait. @throws the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    // Whole milliseconds: a timer that fires a fraction early would only spin here.
    while (!this.isOpen) await clock.sleep(Math.ceil(this.#openAt - clock.now()), signal);
  }

  /** Replies that arrive while the gate is closed were on the way before it closed: they say nothing new. */
  #untoldMs(): number {
    if (!this.isOpen) return 0;
    const wait = UNTOLD_MS * 2 ** Math.min(this.#untold, UNTOLD_DOUBLINGS_MAX);
    this.#untold += 1;
    return Math.min(wait, this.#options.retryAfterMaxMs);
  }
}

/** Holds requests while the gate is closed, and closes it on a 429 before anyone hears of the reply. */
export function gated(gate: Gate, clock: Clock): Layer {
  return (next) => async (request, trip) => {
    const held = { ...trip, mayLeave: () => gate.isOpen };
    for (;;) {
      if (!gate.isOpen) await waitCounted(gate, trip, clock);
      const reply = await sendUnlessHeld(next, request, held);
      if (reply === "held") continue;
      gate.heed(reply);
      return reply;
    }
  };
}

async function waitCounted(gate: Gate, trip: Trip, clock: Clock): Promise<void> {
  const from = clock.now();
  try {
    await gate.wait(trip.signal);
  } finally {
    if (trip.tally !== undefined) trip.tally.waitedMs += clock.now() - from;
  }
}

/** The gate may close between the wait and the first byte; then nothing was sent, and the request waits again. */
async function sendUnlessHeld(next: Send, request: Request, trip: Trip): Promise<Reply | "held"> {
  try {
    return await next(request, trip);
  } catch (error) {
    if (error instanceof SidecarError && error.code === "throttled") return "held";
    throw error;
  }
}
