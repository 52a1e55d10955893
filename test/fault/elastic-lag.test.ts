/** Elastic tables whose reads lag behind their writes: what was lost on the wire is neither doubled nor called failed for it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Stack, summaryOf } from "../support/stack.ts";

const rowCount = 250;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ flags: ["--elastic-lag-ms", "3000"] });
});
afterAll(() => stack.end());

const ids = Array.from({ length: rowCount }, (_, nth) => `0000abcd-0000-4000-8000-${String(nth).padStart(12, "0")}`);
const columns = [
  { name: "new_readingid", type: "string", values: ids },
  { name: "partitionid", type: "string", values: ids.map((_, nth) => `dev-${nth % 3}`) },
] as const;

it("a row whose reply was lost is acknowledged when it shows, and deleted though it may not show yet", async () => {
  await stack.emulator.addFaults({ effect: "lose_reply", match: { path: "CreateMultiple", nth: 2 } });
  const names = { name: "new_name", type: "string", values: ids.map((_, nth) => `row ${nth}`) } as const;
  const created = await stack.publish({
    command: { table: "new_reading", mode: "INSERT", runId: "insert", strategy: "BULK" },
    columns: [...columns, names],
  });
  expect(summaryOf(created)).toMatchObject({ created: rowCount, failed: 0 });
  expect(await stack.emulator.faultsLeft()).toEqual([]);
  const remove = { table: "new_reading", mode: "DELETE", matchOn: ["new_readingid"], runId: "delete" };
  const deleted = await stack.publish({ command: { ...remove, attempt: 7 }, columns });
  expect(summaryOf(deleted)).toMatchObject({ deleted: rowCount, failed: 0 });
  expect(await stack.emulator.rows("new_reading")).toEqual([]);
});
