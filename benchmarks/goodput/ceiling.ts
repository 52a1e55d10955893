/**
 * The most rows that any client could write in a cell, from the limits and prices alone: the least of what requests, execution time,
 * requests at once and capacity allow. It shares nothing with the server. With bad rows that only the service finds it takes the best
 * splitting of someone who knows how many there are, whose requests hold a lane from leaving to reply where one too many is refused.
 * As a program it prints the ceiling of each cell given as JSON.
 */
import { bestSecondsPerRow } from "../best-splitting.ts";
import type { Cell } from "./cell.ts";
import { limits, noiseMean, prices, travelMs } from "./cell.ts";

/** Rows in a bulk request. */
const rowsMost = 1000;
/** Seconds a row of the best splitting: a dynamic programme that takes a second. */
const splitting = new Map<string, number>();

/** Rows a second that are written, or refused by the service, if every request takes just its average time. */
export function ceiling({ principals, servers, capacity, bad }: Cell): number {
  const budgets = principals * servers;
  const windows = Math.min((budgets * limits.seconds) / limits.windowSeconds, budgets * limits.atOnce);
  const bounds = [
    windows / secondsPerRow(bad, 0),
    (budgets * limits.requests * rowsMost) / limits.windowSeconds,
    ...(capacity === undefined ? [] : [capacity.lanes / secondsPerRow(bad, journeyOf(capacity))]),
  ];
  return Math.min(...bounds);
}

/**
 * Seconds for which a lane is held beside the execution of a request: nobody knows that a lane is free before its reply is there, and
 * one request too many is refused. The time is no work, and noise is none of its.
 */
function journeyOf({ model }: NonNullable<Cell["capacity"]>): number {
  return model === "refuse" ? (travelMs.least + travelMs.most) / 2 / 1000 / noiseMean : 0;
}

function secondsPerRow({ percent, foundBy }: Cell["bad"], journey: number): number {
  const isFoundBefore = percent === 0 || foundBy === "metadata";
  // Full requests, whose journeys are a hundredth of them: a ceiling that is not reached by that much.
  if (isFoundBefore) return (prices.bulk + prices.bulkRow * rowsMost) / rowsMost / 1000;
  const name = `${percent} ${journey}`;
  const known = splitting.get(name);
  if (known !== undefined) return known;
  const best = bestSecondsPerRow(percent / 100, {
    bulkRequest: prices.bulk / 1000 + journey,
    bulkRow: prices.bulkRow / 1000,
    batchRequest: prices.batch / 1000 + journey,
    batchRow: prices.operation / 1000,
    failed: "part",
  });
  splitting.set(name, best);
  return best;
}

if (import.meta.main) {
  for (const given of process.argv.slice(2))
    console.log(ceiling(JSON.parse(given) as Cell).toFixed(1), "rows/s", given);
}
