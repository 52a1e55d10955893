/** An application user without the privilege that a request needs: whatever the request is, another one that has it sends it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault, FaultMatch } from "../emulator/faults/script.ts";
import type { Report } from "../support/flight-clients.ts";
import type { Run } from "../support/stack.ts";
import { Stack, summaryOf } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.withoutSidecar({ flags: ["--principals", "2", "--schema", "test/support/file-tables.yaml"] });
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

async function publishWith(faults: readonly Fault[], run: Run): Promise<Report> {
  const known = stack.emulator.address.principals.slice(0, 2);
  const principals = await Promise.all(
    known.map(async ({ client_id, client_secret }) => ({
      client_id,
      client_secret_file: await stack.secretFile(`secret-${client_id}`, client_secret),
    })),
  );
  const sidecar = await stack.another(stack.config({ principals }));
  await stack.emulator.addFaults(...faults);
  return await stack.clients.publish({ ...sidecar, ...run });
}

/** Of the first of the two. */
function ofFirst(match: FaultMatch): FaultMatch {
  return { principal: stack.emulator.address.principals[0]?.client_id ?? "", count: 10_000, ...match };
}

function refused(match: FaultMatch): Fault {
  return { effect: "status", error: "privilege", match: ofFirst(match) };
}

function partsRefused(): Fault {
  const where = { operation: "^(POST|PATCH|DELETE) " };
  return { effect: "part_status", error: "privilege", where, match: ofFirst({ batch: true }) };
}

const ids = Array.from({ length: 300 }, (_, nth) => `0000abcd-0000-4000-8000-${String(nth).padStart(12, "0")}`);

function readings(mode: string, strategy: string): Run {
  const matchOn = mode === "INSERT" ? [] : ["new_readingid"];
  const names = { name: "new_name", type: "string", values: ids };
  const key = { name: "new_readingid", type: "string", values: ids };
  const command = { table: "new_reading", mode, matchOn, runId: `${mode} ${strategy}`, strategy, replaceRow: true };
  return { command, columns: mode === "DELETE" ? [key] : [key, names] };
}

describe("one application user of two that lacks the privilege", () => {
  it.each([
    ["INSERT", "BULK"],
    ["INSERT", "BATCH"],
    ["UPSERT", "BULK"],
  ])("for an elastic table costs no row: %s by %s", async (mode, strategy) => {
    const faults = [partsRefused(), refused({ path: "Multiple$" })];
    const report = await publishWith(faults, readings(mode, strategy));
    expect(summaryOf(report)).toMatchObject({ acknowledged: ids.length, failed: 0, notSent: 0 });
    expect((await stack.emulator.rows("new_reading")).length).toBe(ids.length);
  });

  it.each([
    ["all small", 10],
    ["one large", 5 << 20],
  ])("to change a row costs no file: %s", async (name, bytes) => {
    const keys = ids.slice(0, 24);
    const report = await publishWith([refused({ path: "new_contract", method: "PATCH" })], {
      command: { table: "account", mode: "INSERT", runId: name, rowKey: ["accountid"] },
      columns: [
        { name: "accountid", type: "string", values: keys },
        { name: "name", type: "string", values: keys },
        { name: "new_contract", type: "binary", values: keys.map((_, nth) => (nth < 23 ? "ab" : "cd".repeat(bytes))) },
      ],
    });
    expect(summaryOf(report)).toMatchObject({ created: keys.length, failed: 0, notSent: 0 });
    const uploads = (await stack.emulator.requests()).filter(({ path }) => path.includes("new_contract"));
    const rejected = uploads.filter(({ status }) => status === 403);
    // Ten rows tell; requests that were under way with them may be refused as well.
    expect([rejected.length > 0, rejected.length <= 20]).toEqual([true, true]);
  });
});
