/** What an operator sees of a run: metrics as they are scraped, beside what the service has counted. */
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnsOf, sampleRows } from "../../support/sample-rows.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

const rowCount = 700;

let stack: Stack;
let port: number;
let exposition: string;
beforeAll(async () => {
  port = await freePort();
  stack = await Stack.start({
    flags: ["--servers", "2", "--affinity", "on"],
    config: { metrics: { port } },
  });
  for (const strategy of ["BULK", "BATCH"]) {
    const rows = sampleRows(`canary ${strategy}`, rowCount);
    const command = { table: "dv_sample", mode: "INSERT", strategy, rowKey: ["dv_name"], runId: strategy };
    const report = await stack.publish({ command, columns: columnsOf(rows, "dv_name") });
    expect(summaryOf(report)).toMatchObject({ created: rowCount });
  }
  exposition = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}, 60_000);
afterAll(() => stack.end());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The value of the only series whose name and labels begin so. */
function sampleOf(series: string): number {
  const lines = exposition.split("\n").filter((line) => line.startsWith(`dataverse_flight_${series}`));
  expect(lines).toHaveLength(1);
  return Number(lines[0]?.split(" ").at(-1));
}

describe("metrics of two runs", () => {
  it("count rows as they were settled", () => {
    expect(sampleOf('rows_total{environment="demo",outcome="created"}')).toBe(2 * rowCount);
  });

  it("count operations as the service does: targets of bulk messages, parts of batches, reads", async () => {
    const [counted] = Object.values(await stack.emulator.entitlement()).map((days) => Object.values(days));
    expect(sampleOf("operations_today{")).toBe(counted?.reduce((sum, operations) => sum + operations, 0));
  });

  it("tell what was executed, and what is left of each server's window", () => {
    expect(sampleOf("executed_seconds_total{")).toBeGreaterThan(0);
    expect(sampleOf("web_servers{")).toBe(2);
    const left = [...exposition.matchAll(/budget_seconds_left\{.*server="(\d+)"\} (\S+)/g)];
    expect(new Set(left.map(([, server]) => server))).toEqual(new Set(["1", "2"]));
    expect(left.every(([, , seconds]) => Number(seconds) > 0 && Number(seconds) <= 1200)).toBe(true);
    expect(sampleOf("requests_in_flight{")).toBe(0);
  });

  it("hold no cookie, no secret and no row value", () => {
    const secret = stack.emulator.address.principals[0]?.client_secret ?? "unset";
    for (const hidden of ["ARRAffinity", secret, "canary"]) expect(exposition).not.toContain(hidden);
  });
});
