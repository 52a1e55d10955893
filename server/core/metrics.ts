/** Figures for Prometheus. Labels come from closed sets, so that no client can make a new series, and hold no row value. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { OutcomeKind } from "./outcome.ts";

export type StatusClass = "2xx" | "3xx" | "4xx" | "429" | "5xx" | "no_reply";

export interface Metrics {
  rows(kind: OutcomeKind, count: number): void;
  /** @param seconds from sending to the end of the reply. */
  request(result: number | "no_reply", seconds: number): void;
  /** Time for which a gate held a request. */
  waited(seconds: number): void;
  /** Bytes of record batches in memory now. */
  inflightBytes(bytes: number): void;
  /** Streams open now. */
  streams(count: number): void;
  /** What Prometheus scrapes, in its text format 0.0.4. */
  exposition(): Promise<string>;
}

/** From an answer out of memory to the attempt's deadline, seconds. */
const REQUEST_BUCKETS_S = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const rows = new Counter({
    name: "dataverse_flight_rows_total",
    help: "Rows settled.",
    labelNames: ["outcome"],
    registers,
  });
  const requests = new Histogram({
    name: "dataverse_flight_request_seconds",
    help: "Requests to Dataverse.",
    labelNames: ["status"],
    buckets: REQUEST_BUCKETS_S,
    registers,
  });
  const throttles = new Counter({
    name: "dataverse_flight_throttles_total",
    help: "Replies with status 429.",
    registers,
  });
  const waited = new Counter({
    name: "dataverse_flight_waited_seconds_total",
    help: "Time behind a gate, summed over requests.",
    registers,
  });
  const bytes = new Gauge({
    name: "dataverse_flight_inflight_bytes",
    help: "Record batches in memory.",
    registers,
  });
  const streams = new Gauge({ name: "dataverse_flight_streams", help: "Open streams.", registers });
  return {
    rows: (outcome, count) => rows.inc({ outcome }, count),
    request: (result, seconds) => {
      requests.observe({ status: statusClass(result) }, seconds);
      if (result === 429) throttles.inc();
    },
    waited: (seconds) => waited.inc(seconds),
    inflightBytes: (count) => bytes.set(count),
    streams: (count) => streams.set(count),
    exposition: () => registry.metrics(),
  };
}

function statusClass(result: number | "no_reply"): StatusClass {
  if (result === "no_reply") return "no_reply";
  if (result === 429) return "429";
  if (result < 300) return "2xx";
  if (result < 400) return "3xx";
  return result < 500 ? "4xx" : "5xx";
}
