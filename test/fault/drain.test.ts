/** SIGTERM under load: nothing new comes in, what was sent settles, the client hears how far it came, and the process ends with 0. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { breaches, columnsOf, sampleRows } from "../support/sample-rows.ts";
import { Stack, summaryOf } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.withoutSidecar();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const polled = { timeout: 30_000, interval: 50 };
const insert = { table: "dv_sample", mode: "INSERT", strategy: "BATCH", rowKey: ["dv_name"] };

describe("SIGTERM", () => {
  it("lets what was sent settle, counts the rest as not sent, and ends with 0", async () => {
    const rows = sampleRows("drained", 3000);
    const { program, location } = await stack.another(stack.config());
    await stack.emulator.addFaults({
      effect: "slow",
      ms: 1500,
      when: "after",
      match: { batch: true, nth: 5, count: 3 },
    });
    const command = { ...insert, runId: "drained" };
    const stream = stack.clients.open({ location, command, columns: columnsOf(rows, "dv_name"), holdAfter: 20 });
    await expect.poll(async () => (await stack.emulator.rows("dv_sample")).length, polled).toBeGreaterThanOrEqual(700);
    program.child.kill("SIGTERM");
    await expect.poll(() => program.stderr, polled).toContain("asked to end");
    const late = await stack.clients.publish({
      location,
      command: { ...command, runId: "late" },
      columns: columnsOf(rows, "dv_name"),
    });
    expect(late.error?.text).toMatch(/draining|failed to connect|Connection refused/i);
    stream.resume();
    const report = await stream.report;
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    const { received, stopped, notSent, acknowledged } = summaryOf(report);
    expect(stopped).toMatchObject({ code: "draining" });
    expect(received).toBe(3000);
    expect(notSent).toBeGreaterThanOrEqual(1000);
    expect((await stack.emulator.rows("dv_sample")).length).toBe(acknowledged);
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });

  it("ends a sidecar that a silent client holds", async () => {
    const { program, location } = await stack.another(stack.config());
    const stream = stack.clients.open({
      ...{ location, command: { ...insert, runId: "silent" } },
      ...{ columns: columnsOf(sampleRows("silent", 300), "dv_name"), holdAfter: 1 },
    });
    await expect.poll(async () => (await stack.emulator.rows("dv_sample")).length, polled).toBe(100);
    expect(await program.end("SIGTERM")).toEqual({ code: 0, signal: null });
    stream.resume();
    expect((await stream.report).error).toBeDefined();
  });
});
