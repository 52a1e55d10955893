/** One cell of the grid: an environment, what is wrong with the rows, and how long it runs. Everything follows from it and its seed. */
import type { AffinityMode } from "../../test/emulator/limits/affinity.ts";
import type { CapacityModel } from "../../test/emulator/limits/capacity.ts";

export interface Cell {
  readonly principals: number;
  /** Web servers. */
  readonly servers: number;
  readonly affinity: AffinityMode;
  /** `x-ms-dop-hint`. */
  readonly hint: number;
  /** Absent: any number of requests runs at full speed. */
  readonly capacity?: { readonly model: CapacityModel; readonly lanes: number; readonly penalty: number };
  readonly bad: Bad;
  readonly seed: number;
  /** Of service time. */
  readonly seconds: number;
}

export interface Bad {
  readonly percent: number;
  /** Who can know of a bad row: whoever reads metadata, or the service alone. */
  readonly foundBy: "metadata" | "service";
}

export const clean: Bad = { percent: 0, foundBy: "metadata" };

/** Until then windows that were empty may be spent faster than they fill: the burst; what is after it is the steady state. */
export const burstSeconds = 300;

/** Milliseconds of service time; a refused bulk request is charged up to its first bad row. */
export const costs = "noise=on,failed=part";
/** Times what its work costs, the mean of all requests: 0.7 to 1.3, and one in 500 ten times that. */
export const noiseMean = 1 + 9 / 500;
export const prices = { bulk: 60, bulkRow: 8, batch: 20, operation: 30, single: 40 };
/** There and back, milliseconds: any time between them. */
export const travelMs = { least: 50, most: 150 };
/** Requests and seconds of execution of a principal at a web server in a window of 300 s, and requests at once. */
export const limits = { requests: 6000, seconds: 1200, windowSeconds: 300, atOnce: 52 };

export function nameOf({ principals, servers, affinity, hint, capacity, bad }: Cell): string {
  const room =
    capacity === undefined
      ? "no capacity limit"
      : `${capacity.model} ${capacity.lanes}${capacity.penalty > 0 ? `, penalty ${capacity.penalty}` : ""}`;
  const rows = bad.percent === 0 ? "clean" : `${bad.percent} % bad, found by ${bad.foundBy}`;
  return `${principals}×${servers}, ${room}, affinity ${affinity}, hint ${hint}, ${rows}`;
}
