import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../server/core/metrics.ts";

describe("createMetrics", () => {
  it("counts rows by environment and outcome, from 0 on", async () => {
    const metrics = createMetrics();
    metrics.counts("crm").rows("created", 3);
    metrics.counts("crm").rows("failed", 1);
    metrics.counts("hr").rows("created", 2);
    const text = await metrics.exposition();
    expect(text).toContain('dataverse_flight_rows_total{environment="crm",outcome="created"} 3');
    expect(text).toContain('dataverse_flight_rows_total{environment="crm",outcome="failed"} 1');
    expect(text).toContain('dataverse_flight_rows_total{environment="hr",outcome="created"} 2');
    expect(text).toContain('dataverse_flight_rows_total{environment="hr",outcome="failed"} 0');
  });

  it("samples the event loop when it is asked to", async () => {
    const metrics = createMetrics();
    expect(await metrics.exposition()).not.toContain("event_loop");
    metrics.watchEventLoop();
    expect(await metrics.exposition()).toMatch(/dataverse_flight_event_loop_delay_seconds\{percentile="99"\} \d/);
  });

  it("keeps to the conventions of Prometheus: help for each, `_total` on counters alone, labels of histograms on no gauge", async () => {
    const metrics = createMetrics();
    metrics.memory({ used: 0, limit: 1 });
    metrics.watchEventLoop();
    metrics.counts("crm").requestsOf("app")(200, 1);
    const text = await metrics.exposition();
    const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = "", type = ""]) => ({ name, type }));
    const named = (type: string): string[] => types.filter((each) => each.type === type).map(({ name }) => name);
    expect(types.filter(({ name }) => !text.includes(`# HELP ${name} `))).toEqual([]);
    expect(types.filter(({ name, type }) => name.endsWith("_total") !== (type === "counter"))).toEqual([]);
    expect(named("gauge").filter((name) => new RegExp(`^${name}\\{.*\\b(?:le|quantile)=`, "m").test(text))).toEqual([]);
    expect([named("gauge").length > 5, named("counter").length > 3]).toEqual([true, true]);
  });

  it("asks at each scrape for the bytes in memory", async () => {
    const metrics = createMetrics();
    const memory = { used: 1024, limit: 4096 };
    metrics.memory(memory);
    const text = await metrics.exposition();
    expect(text).toContain("dataverse_flight_inflight_bytes_max 4096");
    expect(text).toContain("dataverse_flight_inflight_bytes 1024");
    memory.used = 0;
    expect(await metrics.exposition()).toContain("dataverse_flight_inflight_bytes 0");
  });

  it("counts streams", async () => {
    const metrics = createMetrics();
    metrics.streams(2);
    expect(await metrics.exposition()).toContain("dataverse_flight_streams 2");
  });
});
