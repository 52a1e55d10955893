/** What the wire and the service can do to the reply of a `$batch` costs time, never a row: each fault is played in mid-run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault, FaultEffect } from "../emulator/faults/script.ts";
import type { Summary } from "../support/flight-clients.ts";
import { columnsOf, sampleRows } from "../support/sample-rows.ts";
import { Stack, summaryOf } from "../support/stack.ts";
import type { FaultyRun } from "./faulty-run.ts";
import { expectPlayedOut, runUnder } from "./faulty-run.ts";

const rowCount = 600;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());
afterEach(() => expectPlayedOut(stack));

async function publishUnder(mode: FaultyRun["mode"], rows: number, ...faults: readonly Fault[]): Promise<Summary> {
  return await runUnder(faults, stack, { mode, strategy: "BATCH", rows });
}

/** On the second `$batch` of the run. */
const onSecond = (effect: FaultEffect): Fault => ({ ...effect, match: { batch: true, nth: 2 } });

const lostReplies: readonly [what: string, effect: FaultEffect][] = [
  ["lost after all operations were applied", { effect: "lose_reply" }],
  ["lost after 37 of 100 operations were applied", { effect: "lose_reply", applied: 37 }],
  ["cut off inside its body", { effect: "truncate_reply", bytes: 400 }],
  ["cut off before its body", { effect: "truncate_reply", bytes: 0 }],
  ["closed by another boundary", { effect: "malformed_multipart", how: "wrong_boundary" }],
  ["short of a part", { effect: "malformed_multipart", how: "missing_part", part: 3 }],
  ["with a part twice", { effect: "malformed_multipart", how: "doubled_part", part: 3 }],
  ["without an end", { effect: "malformed_multipart", how: "no_end" }],
  ["with bare line feeds", { effect: "malformed_multipart", how: "lf_only" }],
];

describe.each(["INSERT", "UPSERT"] as const)("under %s", (mode) => {
  it.each(lostReplies)("a reply %s costs no row and makes none twice", async (_, effect) => {
    expect(await publishUnder(mode, rowCount, onSecond(effect))).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });

  it("a reply lost three times in a row costs no row and makes none twice", async () => {
    const summary = await publishUnder(mode, rowCount, {
      effect: "lose_reply",
      applied: 50,
      match: { batch: true, nth: 2, count: 3 },
    });
    expect(summary).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });
});

const notApplied: readonly [what: string, effect: FaultEffect][] = [
  ["a reset before the request was read", { effect: "reset_before" }],
  ["503 with a page of HTML", { effect: "status", status: 503, body: "html" }],
  ["502 with nothing", { effect: "status", status: 502, body: "empty" }],
  ["500 of the service", { effect: "status", status: 500, body: "json" }],
  ["429 on two operations", { effect: "part_status", parts: [0, 41], status: 429, retry_after: 1 }],
  ["a deadlock of three operations", { effect: "part_status", parts: [0, 1, 99], status: 500 }],
  ["503 on an operation", { effect: "part_status", parts: [7], status: 503 }],
];

describe("nothing is lost or doubled by", () => {
  it.each(notApplied)("%s", async (_, effect) => {
    expect(await publishUnder("INSERT", rowCount, onSecond(effect))).toMatchObject({
      acknowledged: rowCount,
      failed: 0,
    });
  });

  it("several faults in one run", async () => {
    const summary = await publishUnder(
      "UPSERT",
      rowCount,
      { effect: "lose_reply", match: { batch: true, nth: 1 } },
      { effect: "reset_before", match: { batch: true, nth: 2 } },
      { effect: "part_status", parts: [3, 4, 5], status: 500, match: { batch: true, nth: 3 } },
      { effect: "malformed_multipart", how: "no_end", match: { batch: true, nth: 3 } },
      { effect: "status", status: 429, retry_after: 1, match: { batch: true, nth: 4 } },
    );
    expect(summary).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });
});

it("parts of a reply in another order are not taken for each other's", async () => {
  const [first, ...others] = sampleRows("swapped", 20);
  if (first === undefined) throw new Error("There are no rows.");
  const command = { table: "dv_sample", mode: "INSERT", strategy: "BATCH", runId: "swapped", rowKey: ["dv_name"] };
  const codes = { name: "dv_code", type: "string", values: ["taken"] };
  await stack.publish({ command: { ...command, runId: "before" }, columns: [...columnsOf([first], "dv_name"), codes] });
  await stack.emulator.addFaults({
    effect: "malformed_multipart",
    how: "swapped_parts",
    part: 0,
    match: { batch: true },
  });
  const values = others.map((_, index) => (index === 0 ? "taken" : `free ${index}`));
  const report = await stack.publish({ command, columns: [...columnsOf(others, "dv_name"), { ...codes, values }] });
  expect(report.rows.map((row) => [row._dv_row, row._dv_error_code])).toEqual([[0, "row_rejected"]]);
  expect(summaryOf(report)).toMatchObject({ created: 18, failed: 1 });
});

const throttles: readonly [what: string, seconds: number, effect: FaultEffect][] = [
  ["to a request, Retry-After 1", 1, { effect: "status", status: 429, retry_after: 1 }],
  ["to a request, Retry-After 2", 2, { effect: "status", status: 429, retry_after: 2 }],
  ["to two operations, Retry-After 1", 1, { effect: "part_status", parts: [0, 41], status: 429, retry_after: 1 }],
];

describe("429", () => {
  // One request at a time, so that whatever comes early was sent after the answer.
  it.each(throttles)("%s: nothing is sent before", async (_, seconds, effect) => {
    const summary = await publishUnder("INSERT", 100, { ...effect, match: { batch: true } });
    expect(summary).toMatchObject({ acknowledged: 100, failed: 0 });
    const requests = (await stack.emulator.requests()).filter(({ path }) => path.endsWith("$batch"));
    const throttled = requests.find(({ fault }) => fault !== undefined);
    const later = requests.slice(1).map(({ arrived }) => arrived - (throttled?.answered ?? Number.NaN));
    expect(later.length).toBeGreaterThan(0);
    expect(Math.min(...later)).toBeGreaterThanOrEqual(seconds * 1000);
  });
});
