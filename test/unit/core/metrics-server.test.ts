import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../server/core/metrics.ts";
import { serveMetrics } from "../../../server/core/metrics-server.ts";

const anywhere = { host: "127.0.0.1", port: 0 };

describe("serveMetrics", () => {
  it("answers a scrape with what was counted, and nothing else", async () => {
    const metrics = createMetrics();
    metrics.counts("crm").rows("created", 7);
    const server = await serveMetrics(metrics, anywhere);
    const scrape = await fetch(server.location);
    expect(scrape.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await scrape.text()).toContain('dataverse_flight_rows_total{environment="crm",outcome="created"} 7');
    expect((await fetch(new URL("/else", server.location))).status).toBe(404);
    expect((await fetch(server.location, { method: "POST" })).status).toBe(404);
    server.close();
  });

  it("names the address that cannot be bound", async () => {
    const first = await serveMetrics(createMetrics(), anywhere);
    const second = serveMetrics(createMetrics(), { host: "127.0.0.1", port: Number(new URL(first.location).port) });
    await expect(second).rejects.toMatchObject({ code: "overloaded", remedy: expect.stringContaining("metrics.port") });
    first.close();
  });
});
