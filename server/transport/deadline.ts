/**
 * The one limit on an attempt as a whole. It is longer than the service's own limits on purpose: a shorter one would make
 * unknown outcomes of requests that the service was still going to answer.
 */
import type { Clock } from "../core/clock.ts";
import { SidecarError } from "../core/errors.ts";
import type { Layer } from "./http.ts";

const attemptMaxMsUsual = 300_000;

export interface DeadlineOptions {
  readonly clock: Clock;
  /** Milliseconds; 300 s if not given. */
  readonly attemptMaxMs?: number;
}

/** Cuts an attempt after its time: `outcome_unknown` if bytes had left, else `unavailable`; the pool tells which. */
export function deadline({ clock, attemptMaxMs = attemptMaxMsUsual }: DeadlineOptions): Layer {
  return (next) => async (request, trip) => {
    const cut = new AbortController();
    const stop = clock.after(attemptMaxMs, () => {
      cut.abort(new SidecarError("outcome_unknown", `No whole reply came within ${attemptMaxMs / 1000} s.`));
    });
    try {
      return await next(request, { ...trip, cut: cut.signal });
    } finally {
      stop();
    }
  };
}
