/** What is counted of an environment as it happens. Labels are names of the config, client ids and closed sets. */
import type { Registry } from "prom-client";
import { Counter, Histogram } from "prom-client";
import type { EnvironmentSource } from "./environment-metrics.ts";
import type { OutcomeKind } from "./outcome.ts";

/** Summed over streams that wait for room, or over requests that wait before they are repeated. */
export type OwnWait = "memory" | "backoff";

export interface EnvironmentCounts {
  rows(kind: OutcomeKind, count: number): void;
  /** @returns what hears of the replies to a principal, and seconds from sending to the end of each. */
  requestsOf(principal: string): (result: number | "no_reply", seconds: number) => void;
  /** A request is repeated. */
  retried(): void;
  waited(reason: OwnWait, seconds: number): void;
}

/** From an answer out of memory to the attempt's deadline, seconds. */
const requestBucketsSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** There from the start: a rate is not told of a series that begins with its first count. */
const kinds: readonly OutcomeKind[] = ["created", "updated", "upserted", "deleted", "unchanged", "failed"];
const statuses = ["2xx", "3xx", "4xx", "429", "5xx", "no_reply"] as const;

/** Registers the metrics once. @returns the counts of the environment of that name. */
export function registerCounts(
  registry: Registry,
  sources: ReadonlyMap<string, EnvironmentSource>,
): (environment: string) => EnvironmentCounts {
  const registers = [registry];
  const counterOf = <Label extends string>(
    name: string,
    help: string,
    labels: Label[],
  ): Counter<"environment" | Label> =>
    new Counter({ name: `dataverse_flight_${name}`, help, labelNames: ["environment", ...labels], registers });
  const rows = counterOf("rows_total", "Rows settled.", ["outcome"]);
  const requests = new Histogram({
    name: "dataverse_flight_request_seconds",
    help: "Requests to Dataverse.",
    labelNames: ["environment", "status"],
    buckets: requestBucketsSeconds,
    registers,
  });
  const throttles = counterOf("throttles_total", "Replies with status 429.", ["principal"]);
  const retries = counterOf("retries_total", "Requests that were repeated, throttled ones aside.", []);
  const waits = registerWaits(registry, sources);
  return (environment) => {
    for (const outcome of kinds) rows.inc({ environment, outcome }, 0);
    for (const status of statuses) requests.zero({ environment, status });
    retries.inc({ environment }, 0);
    const own = { memory: 0, backoff: 0 };
    waits.set(environment, own);
    return {
      rows: (outcome, count) => rows.inc({ environment, outcome }, count),
      requestsOf: (principal) => {
        throttles.inc({ environment, principal }, 0);
        return (result, seconds) => {
          requests.observe({ environment, status: statusClass(result) }, seconds);
          if (result === 429) throttles.inc({ environment, principal });
        };
      },
      retried: () => retries.inc({ environment }),
      waited: (reason, seconds) => {
        own[reason] += seconds;
      },
    };
  };
}

/** Seconds of waiting by reason: those told here, and those that the environment tells when it is asked. */
function registerWaits(registry: Registry, sources: ReadonlyMap<string, EnvironmentSource>) {
  const told = new Map<string, Record<OwnWait, number>>();
  new Counter({
    name: "dataverse_flight_waited_seconds_total",
    help: "Waiting: by the clock while the service is away, or work is throttled, out of limits or lanes; of streams for memory; of requests to be repeated.",
    labelNames: ["environment", "reason"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [environment, own] of told) {
        const all = { ...own, ...sources.get(environment)?.().waitedSeconds };
        for (const [reason, seconds] of Object.entries(all)) this.inc({ environment, reason }, seconds);
      }
    },
  });
  return told;
}

function statusClass(result: number | "no_reply"): (typeof statuses)[number] {
  if (result === "no_reply") return "no_reply";
  if (result === 429) return "429";
  if (result < 300) return "2xx";
  if (result < 400) return "3xx";
  return result < 500 ? "4xx" : "5xx";
}
