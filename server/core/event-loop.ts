/** How late this process comes to its work: a busy event loop delays every answer, and looks like a slow service. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Registry } from "prom-client";
import { Gauge } from "prom-client";

const resolutionMs = 20;
/** 100 = the longest. */
const percentiles = [50, 99, 100];

/** Registers the delay since the last scrape; sampled from now on, every 20 ms, without keeping the process alive. */
export function registerEventLoop(registry: Registry): void {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  new Gauge({
    name: "dataverse_flight_event_loop_delay_seconds",
    help: "Delay of the event loop since the last scrape.",
    // `quantile` is what Prometheus keeps for summaries.
    labelNames: ["percentile"],
    registers: [registry],
    collect() {
      for (const percentile of percentiles) {
        // Nanoseconds between two samples, of which the resolution is no delay.
        const ms = histogram.percentile(percentile) / 1e6 - resolutionMs;
        this.set({ percentile: String(percentile) }, Math.max(0, ms) / 1000);
      }
      histogram.reset();
    },
  });
}
