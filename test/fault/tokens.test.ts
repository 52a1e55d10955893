/** Tokens that end or are revoked in mid-run cost no row; credentials that are refused stop the run and keep what is done. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { breaches, columnsOf, sampleRows } from "../support/sample-rows.ts";
import { Stack, summaryOf } from "../support/stack.ts";

const rowCount = 1000;
const tokenSeconds = 2;

let stack: Stack;
beforeAll(async () => {
  // Each operation takes 5 ms, and two requests at a time are as many as get on: a run outlives its tokens.
  const slow = ["--operation-ms", "5", "--capacity", "shared-stretch", "--lanes", "2"];
  stack = await Stack.start({ flags: ["--token-seconds", `${tokenSeconds}`, ...slow] });
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const polled = { timeout: 30_000, interval: 50 };
const commandOf = (runId: string): Readonly<Record<string, unknown>> => ({
  ...{ table: "dv_sample", mode: "INSERT", strategy: "BATCH", rowKey: ["dv_name"], returning: "FAILED" },
  runId,
});

/** Milliseconds from the first row's request to the answer of the last. */
async function runMs(): Promise<number> {
  const batches = (await stack.emulator.requests()).filter(({ path }) => path.endsWith("$batch"));
  return Math.max(...batches.map(({ answered }) => answered)) - Math.min(...batches.map(({ arrived }) => arrived));
}

describe("a run that outlives its tokens", () => {
  it("renews them ahead of their end: none is refused", async () => {
    const rows = sampleRows("expired", rowCount);
    const report = await stack.publish({ command: commandOf("expired"), columns: columnsOf(rows, "dv_name") });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(summaryOf(report)).toMatchObject({ created: rowCount });
    expect(await runMs()).toBeGreaterThan(tokenSeconds * 1000);
    expect((await stack.emulator.requests()).filter(({ status }) => status === 401)).toEqual([]);
  });

  it("renews them by a secret that was changed meanwhile, and the old one is refused", async () => {
    const rows = sampleRows("changed", rowCount);
    const run = { command: commandOf("changed"), columns: columnsOf(rows, "dv_name"), holdAfter: 4 };
    const stream = stack.open(run);
    await expect.poll(async () => (await stack.emulator.rows("dv_sample")).length, polled).toBe(400);
    await stack.emulator.changeSecret("changed");
    await stack.secretFile("secret", "changed");
    stream.resume();
    const report = await stream.report;
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(summaryOf(report)).toMatchObject({ created: rowCount, failed: 0, notSent: 0 });
    expect(await runMs()).toBeGreaterThan(tokenSeconds * 1000);
  });

  it("renews one that was revoked", async () => {
    const rows = sampleRows("revoked", rowCount);
    await stack.emulator.addFaults({ effect: "revoke_tokens", match: { batch: true, nth: 3 } });
    const report = await stack.publish({ command: commandOf("revoked"), columns: columnsOf(rows, "dv_name") });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(summaryOf(report)).toMatchObject({ created: rowCount });
    expect(await stack.emulator.faultsLeft()).toEqual([]);
  });
});

describe("credentials that are refused in mid-run", () => {
  it("stop the run, and what was done is told", async () => {
    const rows = sampleRows("stopped", rowCount);
    const run = { command: commandOf("stopped"), columns: columnsOf(rows, "dv_name"), holdAfter: 4 };
    const stream = stack.open(run);
    await expect.poll(async () => (await stack.emulator.rows("dv_sample")).length, polled).toBe(400);
    const refusal = {
      effect: "status",
      status: 401,
      code: "AADSTS7000222",
      message: "AADSTS7000222: expired",
    } as const;
    await stack.emulator.addFaults(
      { effect: "revoke_tokens", match: { batch: true } },
      { ...refusal, match: { on: "token", count: 50 } },
    );
    stream.resume();
    const report = await stream.report;
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(summaryOf(report)).toMatchObject({ received: rowCount, created: 400, failed: 0, notSent: 600 });
    expect(summaryOf(report).stopped).toMatchObject({ code: "credentials_rejected" });
    await stack.emulator.reset();
    const resumed = await stack.publish({ ...run, holdAfter: 1000 });
    expect(summaryOf(resumed)).toMatchObject({ acknowledged: rowCount });
  });
});

describe("a token endpoint that is away for a moment", () => {
  it.each([
    ["503", { effect: "status", status: 503, body: "html" }],
    ["a reset", { effect: "reset_before" }],
  ] as const)("(%s) is asked again", async (name, effect) => {
    const rows = sampleRows(name, 200);
    await stack.emulator.addFaults({ effect: "revoke_tokens" }, { ...effect, match: { on: "token", count: 2 } });
    const report = await stack.publish({ command: commandOf(name), columns: columnsOf(rows, "dv_name") });
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(summaryOf(report)).toMatchObject({ created: 200 });
    expect(await stack.emulator.faultsLeft()).toEqual([]);
  });
});
