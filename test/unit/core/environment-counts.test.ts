import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { registerCounts } from "../../../server/core/environment-counts.ts";
import type { EnvironmentSource } from "../../../server/core/environment-metrics.ts";

const idle = { lanes: 4, inFlight: 0, servers: 0, principals: [] };

function counting(sources: ReadonlyMap<string, EnvironmentSource> = new Map()) {
  const registry = new Registry();
  return { countsOf: registerCounts(registry, sources), scrape: () => registry.metrics() };
}

describe("registerCounts", () => {
  it.each([
    [200, "2xx"],
    [307, "3xx"],
    [404, "4xx"],
    [429, "429"],
    [503, "5xx"],
    ["no_reply", "no_reply"],
  ] as const)("puts %s under %s", async (result, status) => {
    const { countsOf, scrape } = counting();
    countsOf("crm").requestsOf("app")(result, 0.2);
    expect(await scrape()).toContain(`dataverse_flight_request_seconds_count{environment="crm",status="${status}"} 1`);
  });

  it.each(["2xx", "3xx", "4xx", "429", "5xx", "no_reply"])(
    "has %s from the start, of which there is none yet",
    async (status) => {
      const { countsOf, scrape } = counting();
      countsOf("crm");
      const text = await scrape();
      expect(text).toContain(`dataverse_flight_request_seconds_count{environment="crm",status="${status}"} 0`);
      expect(text).toContain(
        `dataverse_flight_request_seconds_bucket{le="0.01",environment="crm",status="${status}"} 0`,
      );
    },
  );

  it("counts throttles of each principal, from 0 on", async () => {
    const { countsOf, scrape } = counting();
    const counts = countsOf("crm");
    const told = counts.requestsOf("one");
    counts.requestsOf("two")(200, 0.1);
    told(429, 0.1);
    const text = await scrape();
    expect(text).toContain('dataverse_flight_throttles_total{environment="crm",principal="one"} 1');
    expect(text).toContain('dataverse_flight_throttles_total{environment="crm",principal="two"} 0');
  });

  it("counts retries, from 0 on", async () => {
    const { countsOf, scrape } = counting();
    const counts = countsOf("crm");
    expect(await scrape()).toContain('dataverse_flight_retries_total{environment="crm"} 0');
    counts.retried();
    expect(await scrape()).toContain('dataverse_flight_retries_total{environment="crm"} 1');
  });

  it("tells waits by reason, its own beside the environment's, however often it is asked", async () => {
    const waitedSeconds = { outage: 3, throttled: 1, limits: 2, lanes: 0 };
    const { countsOf, scrape } = counting(new Map([["crm", () => ({ ...idle, waitedSeconds })]]));
    const counts = countsOf("crm");
    countsOf("hr").waited("memory", 9);
    counts.waited("memory", 4);
    counts.waited("backoff", 0.5);
    counts.waited("backoff", 0.5);
    await scrape();
    const text = await scrape();
    for (const [reason, seconds] of Object.entries({
      outage: 3,
      throttled: 1,
      limits: 2,
      lanes: 0,
      memory: 4,
      backoff: 1,
    })) {
      expect(text).toContain(
        `dataverse_flight_waited_seconds_total{environment="crm",reason="${reason}"} ${seconds}\n`,
      );
    }
    expect(text).toContain('dataverse_flight_waited_seconds_total{environment="hr",reason="memory"} 9\n');
  });
});
