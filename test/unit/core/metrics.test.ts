import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../server/core/metrics.ts";

const figures = {
  lanes: 4,
  inFlight: 0,
  servers: 0,
  waitedSeconds: { throttled: 0, limits: 0, lanes: 0 },
  principals: [],
};

describe("createMetrics", () => {
  it("counts rows by outcome", async () => {
    const metrics = createMetrics();
    metrics.rows("created", 3);
    metrics.rows("failed", 1);
    const text = await metrics.exposition();
    expect(text).toContain('dataverse_flight_rows_total{outcome="created"} 3');
    expect(text).toContain('dataverse_flight_rows_total{outcome="failed"} 1');
  });

  it.each([
    [200, "2xx"],
    [307, "3xx"],
    [404, "4xx"],
    [429, "429"],
    [503, "5xx"],
    ["no_reply", "no_reply"],
  ] as const)("puts %s under %s", async (result, status) => {
    const metrics = createMetrics();
    metrics.request(result, 0.2);
    expect(await metrics.exposition()).toContain(`dataverse_flight_request_seconds_count{status="${status}"} 1`);
  });

  it("adds up waits by reason, its own and those of all environments", async () => {
    const metrics = createMetrics();
    const waited = { throttled: 1, limits: 2, lanes: 0 };
    for (const name of ["one", "two"]) metrics.environment(name, () => ({ ...figures, waitedSeconds: waited }));
    metrics.waited("memory", 4);
    metrics.waited("backoff", 0.5);
    metrics.waited("backoff", 0.5);
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const text = await metrics.exposition();
      for (const [reason, seconds] of Object.entries({ throttled: 2, limits: 4, lanes: 0, memory: 4, backoff: 1 })) {
        expect(text).toContain(`dataverse_flight_waited_seconds_total{reason="${reason}"} ${seconds}\n`);
      }
    }
  });

  it("samples the event loop when it is asked to", async () => {
    const metrics = createMetrics();
    expect(await metrics.exposition()).not.toContain("event_loop");
    metrics.watchEventLoop();
    expect(await metrics.exposition()).toMatch(/dataverse_flight_event_loop_delay_seconds\{quantile="0.99"\} \d/);
  });

  it("counts throttles, retries, bytes and streams", async () => {
    const metrics = createMetrics();
    metrics.request(429, 0.1);
    metrics.retried();
    metrics.inflightBytesMax(4096);
    metrics.inflightBytes(1024);
    metrics.streams(2);
    const text = await metrics.exposition();
    expect(text).toContain("dataverse_flight_throttles_total 1");
    expect(text).toContain("dataverse_flight_retries_total 1");
    expect(text).toContain("dataverse_flight_inflight_bytes_max 4096");
    expect(text).toContain("dataverse_flight_inflight_bytes 1024");
    expect(text).toContain("dataverse_flight_streams 2");
  });
});
