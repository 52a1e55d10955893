/** Figures for Prometheus. Labels come from closed sets, so that no client can make a new series, and hold no row value. */
import { Gauge, Registry } from "prom-client";
import type { EnvironmentCounts } from "./environment-counts.ts";
import { registerCounts } from "./environment-counts.ts";
import type { EnvironmentSource } from "./environment-metrics.ts";
import { registerEnvironments } from "./environment-metrics.ts";
import { registerEventLoop } from "./event-loop.ts";

export interface MemorySource {
  readonly used: number;
  readonly limit: number;
}

export interface Metrics {
  /** What is counted of an environment. */
  counts(environment: string): EnvironmentCounts;
  /** Asked at each scrape for the bytes that rows take in memory now (record batches, requests, what is unread), and how many may be. */
  memory(permits: MemorySource): void;
  /** Streams open now. */
  streams(count: number): void;
  /** An environment whose scheduler is asked at each scrape. */
  environment(name: string, source: EnvironmentSource): void;
  /** Delays of the event loop are sampled from now on. */
  watchEventLoop(): void;
  /** What Prometheus scrapes, in its text format 0.0.4. */
  exposition(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const environments = new Map<string, EnvironmentSource>();
  registerEnvironments(registry, environments);
  const countsOf = registerCounts(registry, environments);
  const counted = new Map<string, EnvironmentCounts>();
  const gaugeOf = (name: string, help: string, read?: () => number): Gauge =>
    new Gauge({
      name: `dataverse_flight_${name}`,
      help,
      registers: [registry],
      collect() {
        if (read !== undefined) this.set(read());
      },
    });
  const streams = gaugeOf("streams", "Open streams.");
  return {
    counts(environment) {
      const counts = counted.get(environment) ?? countsOf(environment);
      counted.set(environment, counts);
      return counts;
    },
    memory(permits) {
      gaugeOf("inflight_bytes", "What rows take in memory on their way.", () => permits.used);
      gaugeOf("inflight_bytes_max", "What rows may take in memory together.", () => permits.limit);
    },
    streams: (count) => streams.set(count),
    environment: (name, source) => environments.set(name, source),
    watchEventLoop: () => registerEventLoop(registry),
    exposition: () => registry.metrics(),
  };
}
