/**
 * The most rows that any client could write in a cell, from the limits and prices alone: the least of what requests, execution time,
 * requests at once and capacity allow. It shares nothing with the server. With bad rows that only the service finds it takes the best
 * splitting of someone who knows how many there are. As a program it prints the ceiling of each cell given as JSON.
 */
import { bestSecondsPerRow } from "../best-splitting.ts";
import type { Cell } from "./cell.ts";
import { limits, prices } from "./cell.ts";

/** Rows in a bulk request. */
const rowsMost = 1000;
/** Seconds a row of the best splitting, by percent of bad rows: a dynamic programme that takes a second. */
const splitting = new Map<number, number>();

/** Rows a second that are written, or refused by the service, if every request takes just its average time. */
export function ceiling({ principals, servers, capacity, bad }: Cell): number {
  const budgets = principals * servers;
  const busy = [(budgets * limits.seconds) / limits.windowSeconds, budgets * limits.atOnce];
  if (capacity !== undefined) busy.push(capacity.lanes);
  const rowsBusy = Math.min(...busy) / secondsPerRow(bad);
  return Math.min(rowsBusy, (budgets * limits.requests * rowsMost) / limits.windowSeconds);
}

function secondsPerRow({ percent, foundBy }: Cell["bad"]): number {
  const isFoundBefore = percent === 0 || foundBy === "metadata";
  if (isFoundBefore) return (prices.bulk + prices.bulkRow * rowsMost) / rowsMost / 1000;
  const known = splitting.get(percent);
  if (known !== undefined) return known;
  const best = bestSecondsPerRow(percent / 100, {
    bulkRequest: prices.bulk / 1000,
    bulkRow: prices.bulkRow / 1000,
    batchRequest: prices.batch / 1000,
    batchRow: prices.operation / 1000,
    failed: "part",
  });
  splitting.set(percent, best);
  return best;
}

if (import.meta.main) {
  for (const given of process.argv.slice(2))
    console.log(ceiling(JSON.parse(given) as Cell).toFixed(1), "rows/s", given);
}
