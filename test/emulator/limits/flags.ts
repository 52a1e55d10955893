/** The flags of limits, capacity, prices and affinity. */
import { choice, decimal, natural, UsageError } from "../core/flags.ts";
import type { AffinityMode } from "./affinity.ts";
import { affinityModes } from "./affinity.ts";
import type { CapacitySettings, CapacityStep } from "./capacity.ts";
import { capacityModels } from "./capacity.ts";
import type { Costs } from "./cost.ts";
import { CostError, readCosts } from "./cost.ts";
import type { LimitSettings } from "./limits.ts";
import { serviceLimits } from "./limits.ts";
import type { ProtectionOptions } from "./protection.ts";

export const limitUsage = `  --servers W               web servers behind affinity cookies, default 1
  --affinity MODE           on, absent, draining, remapped or moved; default on
  --limits off|real|K       service protection; K compresses all time by K; default off
  --requests-per-window N   instead of 6000
  --execution-s N           seconds of execution in a window, instead of 1200
  --concurrent N            instead of 52
  --room PERCENT            of a full window that is free again when Retry-After is over, default 0
  --retry-after whole|exact seconds, whole or with decimals, default whole
  --grace-ms N              requests so soon after a 429 are not early, default 100
  --cost on|PRICES          execution time, as in bulk=60,bulk-row=8,upsert=1.6,noise=on,failed=part
  --request-ms N            execution time of every request, default 0
  --operation-ms N          execution time of every operation, default 0
  --dop-hint N              x-ms-dop-hint, default 8
  --capacity MODEL          shared-stretch, principal-stretch or refuse; default: no bound
  --lanes N                 size of the capacity, default hint times servers
  --capacity-steps T=N,...  lanes from T seconds after the start on
  --overload-penalty X      how steeply throughput falls beyond the capacity, default 0
`;

const text = { type: "string" } as const;

export const limitFlags = {
  servers: text,
  affinity: text,
  limits: text,
  "requests-per-window": text,
  "execution-s": text,
  concurrent: text,
  room: text,
  "retry-after": text,
  "grace-ms": text,
  cost: text,
  "request-ms": text,
  "operation-ms": text,
  "dop-hint": text,
  capacity: text,
  lanes: text,
  "capacity-steps": text,
  "overload-penalty": text,
} as const;

export type LimitValues = Readonly<Partial<Record<keyof typeof limitFlags, string | undefined>>>;

/** Throws a UsageError. */
export function limitOptions(values: LimitValues): ProtectionOptions {
  const servers = natural(values.servers, "--servers", 1) ?? 1;
  const dopHint = natural(values["dop-hint"], "--dop-hint", 1) ?? 8;
  const costs = costsOf(values.cost);
  const capacity = capacityOf(values, dopHint * servers);
  return {
    servers,
    affinity: choice<AffinityMode>(values.affinity, "--affinity", affinityModes),
    limits: limitsOf(values),
    graceMs: natural(values["grace-ms"], "--grace-ms") ?? 100,
    requestMs: natural(values["request-ms"], "--request-ms") ?? 0,
    operationMs: natural(values["operation-ms"], "--operation-ms") ?? 0,
    dopHint,
    ...(costs === undefined ? {} : { costs }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

function limitsOf(values: LimitValues): LimitSettings | "off" {
  const wish = values.limits ?? "off";
  const room = natural(values.room, "--room") ?? 0;
  if (room > 100) {
    throw new UsageError(`--room is a share of at most 100 percent, not '${room}'.`);
  }
  const seconds = natural(values["execution-s"], "--execution-s", 1);
  const limits = {
    ...serviceLimits,
    requests: natural(values["requests-per-window"], "--requests-per-window", 1) ?? serviceLimits.requests,
    executionMs: seconds === undefined ? serviceLimits.executionMs : seconds * 1000,
    concurrent: natural(values.concurrent, "--concurrent", 1) ?? serviceLimits.concurrent,
    room: room / 100,
    wholeSeconds: choice(values["retry-after"], "--retry-after", ["whole", "exact"]) === "whole",
  };
  if (wish === "off") {
    return "off";
  }
  return { ...limits, compression: wish === "real" ? 1 : (natural(wish, "--limits", 1) ?? 1) };
}

function costsOf(given: string | undefined): Costs | undefined {
  if (given === undefined) {
    return undefined;
  }
  try {
    return readCosts(given);
  } catch (error) {
    throw error instanceof CostError ? new UsageError(`--cost: ${error.message}.`) : error;
  }
}

function capacityOf(values: LimitValues, defaultLanes: number): CapacitySettings | undefined {
  const lanes = decimal(values.lanes, "--lanes", "more") ?? defaultLanes;
  const penalty = decimal(values["overload-penalty"], "--overload-penalty", "zero") ?? 0;
  const steps = stepsOf(values["capacity-steps"]);
  if (values.capacity === undefined) {
    return undefined;
  }
  return { model: choice(values.capacity, "--capacity", capacityModels), lanes, penalty, steps };
}

/** Longer than any run; a timer takes no more than twice that. */
const stepMaxS = 1_000_000;

function stepsOf(given: string | undefined): readonly CapacityStep[] {
  const steps = (given ?? "").split(",").filter((item) => item !== "");
  return steps.map((item) => {
    const [after, lanes] = item.split("=");
    const seconds = natural(after, "--capacity-steps") ?? 0;
    const size = decimal(lanes, "--capacity-steps", "more");
    if (size === undefined || seconds > stepMaxS) {
      throw new UsageError(`--capacity-steps are seconds=lanes, at most ${stepMaxS} s; '${item}' is none.`);
    }
    return { afterMs: seconds * 1000, lanes: size };
  });
}
