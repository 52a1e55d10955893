import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../server/core/metrics.ts";

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

  it("counts throttles, waits, bytes and streams", async () => {
    const metrics = createMetrics();
    metrics.request(429, 0.1);
    metrics.waited(4);
    metrics.inflightBytes(1024);
    metrics.streams(2);
    const text = await metrics.exposition();
    expect(text).toContain("dataverse_flight_throttles_total 1");
    expect(text).toContain("dataverse_flight_waited_seconds_total 4");
    expect(text).toContain("dataverse_flight_inflight_bytes 1024");
    expect(text).toContain("dataverse_flight_streams 2");
  });
});
