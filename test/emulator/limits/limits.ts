/** The three service-protection limits: their sizes, and what the service says when one is exceeded. */
import { codes } from "../wire/errors.ts";

export interface LimitSettings {
  readonly requests: number;
  /** Milliseconds of execution, before compression. */
  readonly executionMs: number;
  readonly concurrent: number;
  /** Milliseconds, before compression. */
  readonly windowMs: number;
  /** All time shrinks by this factor. */
  readonly compression: number;
  /** Share of a full window's limit that must be free again when Retry-After is over; 0 is room for one request. */
  readonly room: number;
  /** Whether Retry-After is rounded up to whole seconds; otherwise to milliseconds, which compressed time may need. */
  readonly wholeSeconds: boolean;
}

export const serviceLimits: LimitSettings = {
  requests: 6000,
  executionMs: 1_200_000,
  concurrent: 52,
  windowMs: 300_000,
  compression: 1,
  room: 0,
  wholeSeconds: true,
};

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** Milliseconds until the limit has room again. */
  readonly waitMs: number;
}

export function burstRefusal(limits: LimitSettings, waitMs: number): Refusal {
  return {
    code: codes.burst,
    message: `Number of requests exceeded the limit of ${limits.requests} over time window of ${limits.windowMs / 1000} seconds.`,
    waitMs,
  };
}

export function timeRefusal(limits: LimitSettings, waitMs: number): Refusal {
  return {
    code: codes.time,
    message: `Combined execution time of incoming requests exceeded limit of ${limits.executionMs.toLocaleString("en-US")} milliseconds over time window of ${limits.windowMs / 1000} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.`,
    waitMs,
  };
}

/** A slot among the concurrent ones is free again after about so long, before compression. */
const concurrencyWaitMs = 5000;
/** Each refusal in a row asks for more patience than the last; at most about as much as the longest penalty. */
const concurrencyGrowth = 1.1;
const concurrencyGrowthsMax = 46;

export function concurrencyRefusal(limits: LimitSettings, refusedInRow: number): Refusal {
  return {
    code: codes.concurrency,
    message: `Number of concurrent requests exceeded the limit of ${limits.concurrent}.`,
    waitMs:
      (concurrencyWaitMs / limits.compression) * concurrencyGrowth ** Math.min(refusedInRow, concurrencyGrowthsMax),
  };
}
