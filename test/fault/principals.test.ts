/** Application users that come and go: a secret that is changed, one that is refused, one without a right; no row is lost by it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../emulator/faults/script.ts";
import type { Report } from "../support/flight-clients.ts";
import { breaches, columnsOf, sampleRows } from "../support/sample-rows.ts";
import { Stack, summaryOf } from "../support/stack.ts";

const rowCount = 1000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.withoutSidecar({ flags: ["--principals", "2", "--operation-ms", "2", "--token-seconds", "30"] });
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const polled = { timeout: 30_000, interval: 50 };

/** As many principals of the emulator, each with a secret file of its own. */
async function principals(count: number): Promise<readonly unknown[]> {
  const known = stack.emulator.address.principals.slice(0, count);
  return await Promise.all(
    known.map(async ({ client_id, client_secret }) => ({
      client_id,
      client_secret_file: await stack.secretFile(`secret-${client_id}`, client_secret),
    })),
  );
}

const commandOf = (runId: string, strategy = "BATCH"): Readonly<Record<string, unknown>> => ({
  ...{ table: "dv_sample", mode: "INSERT", strategy, rowKey: ["dv_name"], returning: "FAILED" },
  runId,
});

async function publishWith(faults: readonly Fault[], run: { readonly name: string; readonly strategy?: string }) {
  const sidecar = await stack.another(stack.config({ principals: await principals(2) }));
  const rows = sampleRows(run.name, rowCount);
  await stack.emulator.addFaults(...faults);
  const columns = columnsOf(rows, "dv_name");
  const report: Report = await stack.clients.publish({
    ...sidecar,
    ...{ command: commandOf(run.name, run.strategy), columns },
  });
  expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
  return report;
}

describe("a client secret that is changed in mid-run", () => {
  it("is read from its file again when a token is refused, and no row fails", async () => {
    const sidecar = await stack.another(stack.config({ principals: await principals(1) }));
    const rows = sampleRows("rotated", rowCount);
    const run = { command: commandOf("rotated"), columns: columnsOf(rows, "dv_name"), holdAfter: 4 };
    const stream = stack.clients.open({ ...sidecar, ...run });
    await expect.poll(async () => (await stack.emulator.rows("dv_sample")).length, polled).toBe(400);
    const [principal] = stack.emulator.address.principals;
    try {
      await stack.emulator.changeSecret("a new secret");
      await writeFile(join(stack.folder, `secret-${principal?.client_id}`), "a new secret\n");
      await stack.emulator.addFaults({ effect: "revoke_tokens", match: { batch: true } });
      stream.resume();
      const report = await stream.report;
      expect(await breaches(stack.emulator, "dv_name", [{ rows, report }])).toEqual([]);
      expect(summaryOf(report)).toMatchObject({ created: rowCount, failed: 0, notSent: 0 });
    } finally {
      await stack.emulator.changeSecret(principal?.client_secret ?? "");
    }
  });
});

describe("one application user of two", () => {
  const first = (): string => stack.emulator.address.principals[0]?.client_id ?? "";

  it("whose secret is refused costs no row: the other one carries on", async () => {
    await stack.emulator.changeSecret("unknown to the sidecar");
    try {
      const report = await publishWith([], { name: "refused" });
      expect(summaryOf(report)).toMatchObject({ created: rowCount, failed: 0, notSent: 0 });
    } finally {
      await stack.emulator.changeSecret(stack.emulator.address.principals[0]?.client_secret ?? "");
    }
  });

  it("that is no member of the environment costs no row", async () => {
    const match = { principal: first(), count: 1000 };
    const report = await publishWith([{ effect: "status", error: "not_a_member", match }], { name: "stranger" });
    expect(summaryOf(report)).toMatchObject({ created: rowCount, failed: 0, notSent: 0 });
    const refused = (await stack.emulator.requests()).filter(({ status }) => status === 403);
    expect(refused.length).toBeLessThanOrEqual(10);
  });

  it("that lacks the privilege for the table costs no row, by $batch", async () => {
    const match = { principal: first(), batch: true, count: 1000 };
    const report = await publishWith([{ effect: "part_status", error: "privilege", where: { operation: "" }, match }], {
      name: "no-right",
    });
    expect(summaryOf(report)).toMatchObject({ created: rowCount, failed: 0, notSent: 0 });
  });

  it("that lacks the privilege for the table costs no row, by bulk messages", async () => {
    const principal = first();
    const faults: readonly Fault[] = [
      {
        effect: "part_status",
        error: "privilege",
        where: { operation: "" },
        match: { principal, batch: true, count: 1000 },
      },
      { effect: "status", error: "privilege", match: { principal, path: "CreateMultiple", count: 1000 } },
    ];
    const report = await publishWith(faults, { name: "no-bulk-right", strategy: "BULK" });
    expect(summaryOf(report)).toMatchObject({ created: rowCount, failed: 0, notSent: 0 });
  });
});

describe("two application users without the privilege", () => {
  it("fail the rows with the reason, as one alone would", async () => {
    const match = { batch: true, count: 1000 };
    const report = await publishWith([{ effect: "part_status", error: "privilege", where: { operation: "" }, match }], {
      name: "nobody",
    });
    expect(summaryOf(report)).toMatchObject({ created: 0, failedByCode: { row_forbidden: expect.any(Number) } });
  });
});
