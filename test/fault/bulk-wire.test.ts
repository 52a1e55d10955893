/** What the wire and the service can do to the reply of a bulk message costs time, never a row: each fault is played in mid-run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault, FaultEffect } from "../emulator/faults/script.ts";
import { wrongIds } from "../emulator/faults/script.ts";
import type { RequestRecord } from "../emulator/oracle/ledger.ts";
import type { Summary } from "../support/flight-clients.ts";
import { Stack } from "../support/stack.ts";
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

async function publishUnder(mode: FaultyRun["mode"], ...faults: readonly Fault[]): Promise<Summary> {
  return await runUnder(faults, stack, { mode, strategy: "BULK", rows: rowCount });
}

const bulk = { path: "Multiple$" };
/** On the second bulk message of the run. */
const onSecond = (effect: FaultEffect): Fault => ({ ...effect, match: { ...bulk, nth: 2 } });

async function bulkRequests(): Promise<readonly RequestRecord[]> {
  return (await stack.emulator.requests()).filter(({ path }) => path.endsWith("Multiple"));
}

const unbelievable: readonly [what: string, effect: FaultEffect][] = [
  ["lost", { effect: "lose_reply" }],
  ["cut off before its body", { effect: "truncate_reply", bytes: 0 }],
  ["of a page of HTML", { effect: "status", status: 200, text: "<html>", content_type: "text/html" }],
  ["of 200 with an error in it", { effect: "error_inside", applied: true, error: "unexpected" }],
  ["accepted, not done", { effect: "status", status: 202, body: "empty" }],
];

describe.each(["INSERT", "UPSERT"] as const)("under %s, a reply", (mode) => {
  it.each(unbelievable)("%s costs no row and makes none twice", async (_, effect) => {
    expect(await publishUnder(mode, onSecond(effect))).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });

  it("lost three times in a row costs no row and makes none twice", async () => {
    const lost = { effect: "lose_reply", match: { ...bulk, nth: 2, count: 3 } } as const;
    expect(await publishUnder(mode, lost)).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });
});

const idless: readonly [what: string, effect: FaultEffect][] = [
  ...wrongIds.map((how): [string, FaultEffect] => [`with ids that are ${how}`, { effect: "wrong_ids", how }]),
  ["of 204 without ids", { effect: "no_content" }],
  ["cut off inside its ids", { effect: "truncate_reply", bytes: 150 }],
  ["that ends inside its ids and claims to be whole", { effect: "truncate_reply", bytes: 150, how: "length" }],
];

describe("a reply to CreateMultiple", () => {
  it.each(idless)("%s is not believed: its rows are read, and not sent again", async (_, effect) => {
    expect(await publishUnder("INSERT", onSecond(effect))).toMatchObject({ created: rowCount, failed: 0 });
    const targets = (await bulkRequests()).reduce((sum, { operations }) => sum + operations, 0);
    expect(targets).toBe(rowCount);
  });

  it("that is lost is read before its rows are sent again", async () => {
    await publishUnder("INSERT", onSecond({ effect: "lose_reply" }));
    expect((await bulkRequests()).reduce((sum, { operations }) => sum + operations, 0)).toBe(rowCount);
  });
});

const notApplied: readonly [what: string, effect: FaultEffect][] = [
  ["a reset before the request was read", { effect: "reset_before" }],
  ["503 with a page of HTML", { effect: "status", status: 503, body: "html" }],
  ["502 with nothing", { effect: "status", status: 502, body: "empty" }],
  ["500 of the service", { effect: "status", error: "unexpected", status: 500 }],
  ["a deadlock", { effect: "status", error: "deadlock" }],
  ["a database without workers", { effect: "status", error: "throttle_workers" }],
];

describe.each(["INSERT", "UPSERT"] as const)("under %s, nothing is lost or doubled by", (mode) => {
  it.each(notApplied)("%s", async (_, effect) => {
    expect(await publishUnder(mode, onSecond(effect))).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });

  it("a request that is too large: its halves go instead", async () => {
    const tooLarge = { effect: "status", error: "request_too_large" } as const;
    expect(await publishUnder(mode, onSecond(tooLarge))).toMatchObject({ acknowledged: rowCount, failed: 0 });
  });

  it("a table that turns out not to take the message: parts of a `$batch` go instead", async () => {
    const unsupported = { status: 400, code: "0x80040800", message: "The message is not enabled on the entity." };
    const fault = { effect: "status", ...unsupported, match: { ...bulk, count: 100 } } as const;
    expect(await publishUnder(mode, fault)).toMatchObject({ acknowledged: rowCount, failed: 0 });
    expect((await bulkRequests()).filter(({ status }) => status !== 400)).toEqual([]);
    // As many are hit as were on their way when the first answer came.
    await stack.emulator.reset();
  });
});

it("429: nothing is sent before Retry-After is over", async () => {
  const summary = await publishUnder("INSERT", onSecond({ effect: "status", status: 429, retry_after: 2 }));
  expect(summary).toMatchObject({ acknowledged: rowCount, failed: 0 });
});
