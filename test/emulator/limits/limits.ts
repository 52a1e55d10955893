/** The three service-protection limits, per principal and web server, on sliding windows. */
import { codes } from "../wire/errors.ts";
import { Sliding } from "./sliding.ts";

export interface LimitSettings {
  readonly requests: number;
  /** Milliseconds of execution, before compression. */
  readonly executionMs: number;
  readonly concurrent: number;
  /** Milliseconds, before compression. */
  readonly windowMs: number;
  /** All time shrinks by this factor. */
  readonly compression: number;
}

export const serviceLimits: LimitSettings = {
  requests: 6000,
  executionMs: 1_200_000,
  concurrent: 52,
  windowMs: 300_000,
  compression: 1,
};

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** Milliseconds until the limit has room again. */
  readonly waitMs: number;
}

/** A slot among the concurrent ones is free again after about so long, before compression. */
const concurrencyWaitMs = 5000;

/** One principal's use of one web server. */
export class Window {
  private readonly settings: LimitSettings;
  private readonly windowMs: number;
  /** Both bounded by the limits themselves: what is refused does not enter. */
  private readonly arrivals = new Sliding();
  private readonly finished = new Sliding();
  private running = 0;
  /** Of the starts of what runs. */
  private startsSum = 0;

  constructor(settings: LimitSettings) {
    this.settings = settings;
    this.windowMs = settings.windowMs / settings.compression;
  }

  /** Why a request that arrives now must wait; undefined if there is room. */
  refusal(now: number): Refusal | undefined {
    this.forget(now);
    return this.concurrency() ?? this.burst(now) ?? this.execution(now);
  }

  /** Books a request; call the result once, when it has been answered. */
  enter(start: number): (end: number) => void {
    this.arrivals.add(start, 1);
    this.running += 1;
    this.startsSum += start;
    return (end) => {
      this.running -= 1;
      this.startsSum -= start;
      this.finished.add(end, end - start);
    };
  }

  /** What the answer's headers say is left: requests, and seconds of execution before compression. */
  remaining(now: number): { readonly requests: number; readonly seconds: number } {
    this.forget(now);
    const left = this.settings.executionMs - this.usedMs(now) * this.settings.compression;
    return { requests: Math.max(0, this.settings.requests - this.arrivals.count), seconds: Math.max(0, left / 1000) };
  }

  private forget(now: number): void {
    this.arrivals.forget(now - this.windowMs);
    this.finished.forget(now - this.windowMs);
  }

  private concurrency(): Refusal | undefined {
    const { concurrent, compression } = this.settings;
    if (this.running < concurrent) {
      return undefined;
    }
    return {
      code: codes.concurrency,
      message: `Number of concurrent requests exceeded the limit of ${concurrent}.`,
      waitMs: concurrencyWaitMs / compression,
    };
  }

  private burst(now: number): Refusal | undefined {
    const { oldest } = this.arrivals;
    if (oldest === undefined || this.arrivals.count < this.settings.requests) {
      return undefined;
    }
    return {
      code: codes.burst,
      message: `Number of requests exceeded the limit of ${this.settings.requests} over time window of ${this.settings.windowMs / 1000} seconds.`,
      waitMs: oldest.time + this.windowMs - now,
    };
  }

  private execution(now: number): Refusal | undefined {
    const allowed = this.settings.executionMs / this.settings.compression;
    const excess = this.usedMs(now) - allowed;
    if (excess < 0) {
      return undefined;
    }
    // Finished requests leave the window whole, in the order of their ends; what still runs cannot be waited for.
    const leaving = this.finished.leaves(excess);
    return {
      code: codes.time,
      message: `Combined execution time of incoming requests exceeded limit of ${this.settings.executionMs.toLocaleString("en-US")} milliseconds over time window of ${this.settings.windowMs / 1000} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.`,
      waitMs: leaving === undefined ? this.windowMs : leaving.time + this.windowMs - now,
    };
  }

  /** A running request is charged while it runs, or a volley of long ones would pass the gate at once. */
  private usedMs(now: number): number {
    return this.finished.weight + this.running * now - this.startsSum;
  }
}
