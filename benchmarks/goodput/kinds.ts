/** Kinds of cells: what binds in them and what is wrong with the rows; and what each is to be judged by. */
import type { Cell } from "./cell.ts";
import { limits } from "./cell.ts";
import type { Scored } from "./worker.ts";

/** Which limit is the least: the windows of execution time, the environment's capacity, or both alike. */
export type Bound = "time" | "capacity" | "both";

export function boundOf({ principals, servers, capacity }: Cell): Bound {
  const sustained = (principals * servers * limits.seconds) / limits.windowSeconds;
  if (capacity === undefined || capacity.lanes > sustained) return "time";
  return capacity.lanes === sustained ? "both" : "capacity";
}

export function isServiceFound({ bad }: Cell): boolean {
  return bad.percent > 0 && bad.foundBy === "service";
}

const boundNames = { time: "windows bind", capacity: "capacity binds", both: "both bind" } as const;

/** `affinity on, capacity binds`, or `rows that the service refuses, affinity absent`. */
function kindOf(cell: Cell): string {
  const affinity = `affinity ${cell.affinity === "on" ? "on" : cell.affinity}`;
  if (isServiceFound(cell)) return `${cell.bad.percent} % bad rows that only the service finds`;
  return `${affinity}, ${boundNames[boundOf(cell)]}`;
}

/**
 * Percent of the ceiling that a cell is to reach, where something was promised: one limit binds and servers can be addressed; capacity
 * equals the budget; servers that drain, where capacity binds; no cookies, by the number of servers; bad rows that only the service finds.
 */
export function barOf(cell: Cell): number | undefined {
  if (isServiceFound(cell)) return 95;
  const bound = boundOf(cell);
  switch (cell.affinity) {
    case "on":
      return bound === "both" ? 95 : 97;
    case "draining":
      return bound === "capacity" ? 95 : undefined;
    case "absent":
      return cell.servers === 1 ? undefined : barWithoutCookies[cell.servers];
    case "remapped":
    case "moved":
      return undefined;
  }
}

const barWithoutCookies: Readonly<Record<number, number>> = { 2: 92, 4: 90, 8: 89 };

export interface Kind {
  readonly name: string;
  readonly cells: number;
  /** Percent of the ceiling in the steady state. */
  readonly mean: number;
  readonly worst: number;
  /** Cells that reach their bar, of those that have one. */
  readonly met: number;
  readonly judged: number;
  /** Percent of requests, of the worst cell. */
  readonly throttled: number;
}

export function kindsOf(scored: readonly Scored[]): readonly Kind[] {
  return [...Map.groupBy(scored, ({ cell }) => kindOf(cell))]
    .map(([name, each]) => {
      const shares = each.map(({ score }) => score.steady);
      const judged = each.filter(({ cell }) => barOf(cell) !== undefined);
      return {
        name,
        cells: each.length,
        mean: shares.reduce((sum, share) => sum + share, 0) / each.length,
        worst: Math.min(...shares),
        met: judged.filter(({ cell, score }) => score.steady >= (barOf(cell) ?? 0)).length,
        judged: judged.length,
        throttled: Math.max(...each.map(({ score }) => score.throttled)),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
