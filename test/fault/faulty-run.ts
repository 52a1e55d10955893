/** A run under faults, held against every promise whatever the faults were. */
import { expect } from "vitest";
import type { Fault } from "../emulator/faults/script.ts";
import type { Summary } from "../support/flight-clients.ts";
import type { KeyColumn } from "../support/sample-rows.ts";
import { breaches, columnsOf, sampleRows } from "../support/sample-rows.ts";
import type { Stack } from "../support/stack.ts";
import { summaryOf } from "../support/stack.ts";

const ways = {
  INSERT: { keyColumn: "dv_name", key: { rowKey: ["dv_name"] } },
  UPSERT: { keyColumn: "dv_code", key: { matchOn: ["dv_code"] } },
} as const satisfies Readonly<Record<string, { keyColumn: KeyColumn; key: object }>>;

export interface FaultyRun {
  readonly mode: keyof typeof ways;
  readonly strategy: "BATCH" | "BULK";
  readonly rows: number;
}

/** Each run has keys of its own: a sidecar that serves several remembers. */
let runs = 0;

export async function runUnder(
  faults: readonly Fault[],
  stack: Stack,
  { mode, strategy, rows: count }: FaultyRun,
): Promise<Summary> {
  const { keyColumn, key } = ways[mode];
  await stack.emulator.addFaults(...faults);
  runs += 1;
  const rows = sampleRows(`run ${runs} row`, count);
  const command = { table: "dv_sample", runId: `run ${runs}`, mode, strategy, ...key };
  const report = await stack.publish({ command, columns: columnsOf(rows, keyColumn) });
  expect(await breaches(stack.emulator, keyColumn, [{ rows, report }])).toEqual([]);
  return summaryOf(report);
}

/** Every fault was played, and nothing was sent before its Retry-After. */
export async function expectPlayedOut({ emulator }: Stack): Promise<void> {
  expect(await emulator.faultsLeft()).toEqual([]);
  expect(await emulator.early()).toBe(0);
}
