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
  const burst = partsOf(records, 0, burstSeconds * 1000);
  const steady = partsOf(records, burstSeconds * 1000, end);
  const requests = within.filter(({ at }) => at >= burstSeconds * 1000);
  const course = Array.from({ length: Math.ceil(end / courseStepMs) }, () => 0);
  for (const { at, judged } of within)
    course[Math.floor(at / courseStepMs)] = (course[Math.floor(at / courseStepMs)] ?? 0) + judged;
  const allowed =
    (cell.principals * cell.servers * limits.seconds * (cell.seconds - burstSeconds)) / limits.windowSeconds;
  const loan = allowed <= 0 ? 0 : Math.max(0, sum(steady, ({ record, part }) => part * record.seconds) / allowed - 1);
  return {
    burst: share(burst, ceiling(cell), burstSeconds),
    steady: share(steady, ceiling(cell), cell.seconds - burstSeconds) / (1 + loan),
    loan: 100 * loan,
    throttled: (100 * requests.filter(({ way }) => way === "throttled").length) / Math.max(1, requests.length),
    early,
    lost,
    doubled,
    rows: sum(within, ({ written }) => written),
    ceiling: ceiling(cell),
    course,
  };
}

/** A request, and the share of its execution that lies within a time: by which answers fall into it, chance would give up to a lane's request. */
interface Part {
  readonly record: Record;
  readonly part: number;
}

function partsOf(records: readonly Record[], from: number, to: number): readonly Part[] {
  return records.flatMap((record) => {
    const took = record.seconds * 1000;
    const lies = Math.min(record.at, to) - Math.max(record.at - took, from);
    return took > 0 && lies > 0 ? [{ record, part: lies / took }] : [];
  });
}

/** Corrected for the noise really drawn. */
function share(parts: readonly Part[], rowsPerSecond: number, seconds: number): number {
  const work = sum(parts, ({ record, part }) => part * record.work);
  const noise = work === 0 ? 1 : sum(parts, ({ record, part }) => part * record.work * record.noise) / work;
  const possible = (rowsPerSecond * seconds) / noise;
  return possible <= 0 ? 0 : (100 * sum(parts, ({ record, part }) => part * record.judged)) / possible;
}

function sum<Each>(all: readonly Each[], of: (each: Each) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
