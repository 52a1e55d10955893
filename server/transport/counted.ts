/** Counts what went over the wire, for metrics. */
import type { Clock } from "../core/clock.ts";
import { asSidecarError } from "../core/errors.ts";
import type { Layer } from "./http.ts";

export interface CountedOptions {
  readonly clock: Clock;
  /** A reply's status, or `no_reply` when bytes may have left in vain; seconds from sending to the end of the reply. */
  readonly observe: (result: number | "no_reply", seconds: number) => void;
}

/** An attempt that surely never left counts as no request. */
export function counted({ clock, observe }: CountedOptions): Layer {
  return (next) => async (request, trip) => {
    const from = clock.now();
    const count = (result: number | "no_reply"): void => observe(result, (clock.now() - from) / 1000);
    try {
      const reply = await next(request, trip);
      count(reply.status);
      return reply;
    } catch (error) {
      if (asSidecarError(error).code === "outcome_unknown") count("no_reply");
      throw error;
    }
  };
}
