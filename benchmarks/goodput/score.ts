/** What a run came to, beside what was possible in it. */
import type { Run } from "./auto.ts";
import { ceiling } from "./ceiling.ts";
import type { Cell } from "./cell.ts";
import { burstSeconds, limits } from "./cell.ts";
import type { Record } from "./service.ts";

export interface Score {
  /** Percent of the ceiling, while the windows were still empty. */
  readonly burst: number;
  /** Percent of the ceiling afterwards; what was had on loan is taken off. */
  readonly steady: number;
  /** Percent of the execution that the windows gave back in that time, by which a volley took more than that: paid in the time after. */
  readonly loan: number;
  /** Percent of requests that were refused with 429, in the steady state. */
  readonly throttled: number;
  /** Requests before a Retry-After that this client was told. */
  readonly early: number;
  readonly lost: number;
  readonly doubled: number;
  /** Written by the end of the time. */
  readonly rows: number;
  /** Rows a second that the ceiling is, noise aside. */
  readonly ceiling: number;
  /** Rows written or refused by the service in each ten seconds. */
  readonly course: readonly number[];
}

const courseStepMs = 10_000;

export function scoreOf(cell: Cell, { records, early, lost, doubled }: Run): Score {
  const end = cell.seconds * 1000;
  const within = records.filter(({ at }) => at < end);
  const burst = within.filter(({ at }) => at < burstSeconds * 1000);
  const steady = within.filter(({ at }) => at >= burstSeconds * 1000);
  const course = Array.from({ length: Math.ceil(end / courseStepMs) }, () => 0);
  for (const { at, judged } of within)
    course[Math.floor(at / courseStepMs)] = (course[Math.floor(at / courseStepMs)] ?? 0) + judged;
  const allowed =
    (cell.principals * cell.servers * limits.seconds * (cell.seconds - burstSeconds)) / limits.windowSeconds;
  const loan = allowed <= 0 ? 0 : Math.max(0, sum(steady, ({ seconds }) => seconds) / allowed - 1);
  return {
    burst: share(burst, ceiling(cell), burstSeconds),
    steady: share(steady, ceiling(cell), cell.seconds - burstSeconds) / (1 + loan),
    loan: 100 * loan,
    throttled: (100 * steady.filter(({ way }) => way === "throttled").length) / Math.max(1, steady.length),
    early,
    lost,
    doubled,
    rows: sum(within, ({ written }) => written),
    ceiling: ceiling(cell),
    course,
  };
}

/** Corrected for the noise really drawn. */
function share(records: readonly Record[], rowsPerSecond: number, seconds: number): number {
  const work = sum(records, (record) => record.work);
  const noise = work === 0 ? 1 : sum(records, (record) => record.work * record.noise) / work;
  const possible = (rowsPerSecond * seconds) / noise;
  return possible <= 0 ? 0 : (100 * sum(records, ({ judged }) => judged)) / possible;
}

function sum(records: readonly Record[], of: (record: Record) => number): number {
  return records.reduce((total, record) => total + of(record), 0);
}
