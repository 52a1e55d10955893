/** Sidecars and clients that die in mid-run: the run is done again under its id, and each row stands once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FlightClients } from "../support/flight-clients.ts";
import type { KeyColumn, SampleRow } from "../support/sample-rows.ts";
import { breaches, columnsOf, dealt, sampleRows, shuffled } from "../support/sample-rows.ts";
import { Stack, summaryOf } from "../support/stack.ts";

const rowCount = 1200;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const ways: readonly [mode: string, strategy: string, keyColumn: KeyColumn, key: object][] = (
  ["BATCH", "BULK"] as const
).flatMap((strategy) => [
  ["INSERT", strategy, "dv_name", { strategy, rowKey: ["dv_name"] }],
  ["UPSERT", strategy, "dv_code", { strategy, matchOn: ["dv_code"] }],
]);

function commandOf(mode: string, key: object, more: object): Readonly<Record<string, unknown>> {
  return { table: "dv_sample", mode, ...key, ...more };
}

const polled = { timeout: 30_000, interval: 50 };

async function standing(): Promise<number> {
  return (await stack.emulator.rows("dv_sample")).length;
}

/** Requests that the emulator has not done with yet, whoever still listens. */
async function underWay(): Promise<number> {
  return (await stack.emulator.requests()).filter(({ answered }) => answered === 0).length;
}

/** Done again in another order and another number of partitions. */
async function again(rows: readonly SampleRow[], keyColumn: KeyColumn, command: object): Promise<void> {
  const streams = await Promise.all(
    dealt(shuffled(rows), 3).map(async (dealtRows, partition) => ({
      rows: dealtRows,
      report: await stack.publish({ command: { ...command, partition }, columns: columnsOf(dealtRows, keyColumn) }),
    })),
  );
  await expect.poll(underWay, polled).toBe(0);
  expect(await breaches(stack.emulator, keyColumn, streams)).toEqual([]);
  expect(streams.map(({ report }) => summaryOf(report).acknowledged)).toEqual([400, 400, 400]);
  expect(await standing()).toBe(rowCount);
}

describe.each(ways)("%s %s", (mode, strategy, keyColumn, key) => {
  it("is whole when the sidecar was killed and the run is done again", async () => {
    const rows = sampleRows(`killed ${mode} ${strategy}`, rowCount);
    const command = commandOf(mode, key, { runId: `killed sidecar ${mode} ${strategy}` });
    // Killed while one reply is on its way and one request is not yet applied: that one lands beside the second run.
    await stack.emulator.addFaults(
      { effect: "slow", ms: 1500, when: "after", match: { method: "POST", nth: 3 } },
      { effect: "slow", ms: 1500, when: "before", match: { method: "POST", nth: 3 } },
    );
    const first = stack.open({ command, columns: columnsOf(rows, keyColumn), holdAfter: 6 });
    await expect.poll(standing, polled).toBeGreaterThanOrEqual(500);
    await stack.sidecar.program.end("SIGKILL");
    first.resume();
    expect((await first.report).error?.text).toBeDefined();
    await stack.startSidecar();
    await again(rows, keyColumn, command);
  });

  it("is whole when the client was killed and its attempt is repeated", async () => {
    const rows = sampleRows(`client ${mode} ${strategy}`, rowCount);
    const command = commandOf(mode, key, { runId: `killed client ${mode} ${strategy}`, endsExplicitly: true });
    const clients = new FlightClients();
    const columns = columnsOf(rows, keyColumn);
    const { report } = clients.open({ location: stack.sidecar.location, command, columns, holdAfter: 6 });
    const lost = expect(report).rejects.toThrow("The clients have ended");
    await expect.poll(standing, polled).toBeGreaterThanOrEqual(500);
    await clients.end("SIGKILL");
    await lost;
    const second = await stack.publish({ command: { ...command, attempt: 1 }, columns });
    expect(await breaches(stack.emulator, keyColumn, [{ rows, report: second }])).toEqual([]);
    expect(summaryOf(second)).toMatchObject({ acknowledged: rowCount, notSent: 0 });
  });
});

describe("two attempts of a partition at once", () => {
  const rows = sampleRows("attempts", rowCount);
  const columns = columnsOf(rows, "dv_name");
  const attempt = (runId: string, number: number) =>
    commandOf("INSERT", { rowKey: ["dv_name"] }, { runId, attempt: number, partition: 4 });

  it("leave the greater one: the other is told so and sends nothing more", async () => {
    const first = stack.open({ command: attempt("greater", 1), columns, holdAfter: 6 });
    await expect.poll(standing, polled).toBe(600);
    const second = await stack.publish({ command: attempt("greater", 2), columns });
    first.resume();
    expect((await first.report).error?.text).toContain("superseded");
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report: second }])).toEqual([]);
    expect(summaryOf(second)).toMatchObject({ acknowledged: rowCount, unchanged: 600 });
  });

  it.each([
    ["an equal", 1, "invalid_command: Attempt 1 of this partition is being published already."],
    ["a smaller", 0, "superseded: Attempt 1 of this partition has taken over."],
  ])("refuse %s one, and the first goes on", async (which, number, sentence) => {
    const first = stack.open({ command: attempt(which, 1), columns, holdAfter: 6 });
    await expect.poll(standing, polled).toBe(600);
    const second = await stack.publish({ command: attempt(which, number), columns });
    expect(second.error?.text).toContain(sentence);
    first.resume();
    const report = await first.report;
    expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
    expect(summaryOf(report)).toMatchObject({ created: rowCount });
  });

  it("do not disturb another partition", async () => {
    const first = stack.open({ command: attempt("others", 1), columns, holdAfter: 6 });
    await expect.poll(standing, polled).toBe(600);
    const other = sampleRows("partition", 200);
    const command = { ...attempt("others", 2), partition: 5 };
    const beside = await stack.publish({ command, columns: columnsOf(other, "dv_name") });
    first.resume();
    const streams = [
      { rows, report: await first.report },
      { rows: other, report: beside },
    ];
    expect(await breaches(stack.emulator, "dv_name", streams)).toEqual([]);
    expect(await standing()).toBe(rowCount + 200);
  });
});

describe("two rows of one row key", () => {
  it("become one row; the other one is told so", async () => {
    const [one, two] = sampleRows("twin", 2);
    if (one === undefined || two === undefined) throw new Error("There are no rows.");
    const twins = [one, { ...two, key: one.key }];
    const command = commandOf("INSERT", { rowKey: ["dv_name"] }, { runId: "twins" });
    const report = await stack.publish({ command, columns: columnsOf(twins, "dv_name") });
    expect(report.rows.map((row) => row._dv_error_code)).toEqual(["duplicate_key_in_input"]);
    expect(report.unchanged).toBe(true);
    expect(summaryOf(report)).toMatchObject({ received: 2, created: 1, failed: 1 });
    expect(await stack.emulator.rows("dv_sample")).toMatchObject([{ dv_name: one.key, dv_text: one.dv_text }]);
  });
});
