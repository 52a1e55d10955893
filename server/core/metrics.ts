/** Figures for Prometheus. Labels come from closed sets, so that no client can make a new series, and hold no row value. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EnvironmentSource } from "./environment-metrics.ts";
import { registerEnvironments } from "./environment-metrics.ts";
import { registerEventLoop } from "./event-loop.ts";
import type { OutcomeKind } from "./outcome.ts";

export type StatusClass = "2xx" | "3xx" | "4xx" | "429" | "5xx" | "no_reply";

/** Summed over streams that wait for room, or over requests that wait before they are repeated. */
export type OwnWait = "memory" | "backoff";

export interface Metrics {
  rows(kind: OutcomeKind, count: number): void;
  /** @param seconds from sending to the end of the reply. */
  request(result: number | "no_reply", seconds: number): void;
  /** A request is repeated. */
  retried(): void;
  waited(reason: OwnWait, seconds: number): void;
  /** Bytes that rows take in memory now: record batches, requests, what is unread. */
  inflightBytes(bytes: number): void;
  /** Bytes of them that there may be. */
  inflightBytesMax(bytes: number): void;
  /** Streams open now. */
  streams(count: number): void;
  /** An environment whose scheduler is asked at each scrape. */
  environment(name: string, source: EnvironmentSource): void;
  /** Delays of the event loop are sampled from now on. */
  watchEventLoop(): void;
  /** What Prometheus scrapes, in its text format 0.0.4. */
  exposition(): Promise<string>;
}

/** From an answer out of memory to the attempt's deadline, seconds. */
const requestBucketsSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const environments = new Map<string, EnvironmentSource>();
  registerEnvironments(registry, environments);
  const waits = waitsOf(registry, environments);
  const gaugeOf = (name: string, help: string): Gauge =>
    new Gauge({ name: `dataverse_flight_${name}`, help, registers });
  const counterOf = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> =>
    new Counter({ name: `dataverse_flight_${name}`, help, labelNames, registers });
  const rows = counterOf("rows_total", "Rows settled.", ["outcome"]);
  const requests = new Histogram({
    name: "dataverse_flight_request_seconds",
    help: "Requests to Dataverse.",
    labelNames: ["status"],
    buckets: requestBucketsSeconds,
    registers,
  });
  const throttles = counterOf("throttles_total", "Replies with status 429.");
  const retries = counterOf("retries_total", "Requests that were repeated, throttled ones aside.");
  const bytes = gaugeOf("inflight_bytes", "What rows take in memory on their way.");
  const bytesMax = gaugeOf("inflight_bytes_max", "What rows may take in memory together.");
  const streams = gaugeOf("streams", "Open streams.");
  return {
    rows: (outcome, count) => rows.inc({ outcome }, count),
    request: (result, seconds) => {
      requests.observe({ status: statusClass(result) }, seconds);
      if (result === 429) throttles.inc();
    },
    retried: () => retries.inc(),
    waited: (reason, seconds) => {
      waits[reason] += seconds;
    },
    inflightBytes: (count) => bytes.set(count),
    inflightBytesMax: (count) => bytesMax.set(count),
    streams: (count) => streams.set(count),
    environment: (name, source) => environments.set(name, source),
    watchEventLoop: () => registerEventLoop(registry),
    exposition: () => registry.metrics(),
  };
}

/** Seconds of waiting by reason: those told here, and those that the environments tell when they are asked. */
function waitsOf(registry: Registry, environments: ReadonlyMap<string, EnvironmentSource>): Record<OwnWait, number> {
  const own = { memory: 0, backoff: 0 };
  new Counter({
    name: "dataverse_flight_waited_seconds_total",
    help: "Waiting: by the clock while work is throttled, out of limits or lanes; of streams for memory; of requests to be repeated.",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      const all: Record<string, number> = { ...own, throttled: 0, limits: 0, lanes: 0 };
      for (const source of environments.values()) {
        for (const [reason, seconds] of Object.entries(source().waitedSeconds))
          all[reason] = (all[reason] ?? 0) + seconds;
      }
      this.reset();
      for (const [reason, seconds] of Object.entries(all)) this.inc({ reason }, seconds);
    },
  });
  return own;
}

function statusClass(result: number | "no_reply"): StatusClass {
  if (result === "no_reply") return "no_reply";
  if (result === 429) return "429";
  if (result < 300) return "2xx";
  if (result < 400) return "3xx";
  return result < 500 ? "4xx" : "5xx";
}
