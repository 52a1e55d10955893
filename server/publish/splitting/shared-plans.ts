/**
 * Plans of group testing for all streams of the process: those of a table learn the same costs and come through the same densities,
 * and a plan takes half a millisecond to make. What is nearly equal is made equal first; then the same question has one answer.
 */
import type { GroupTesting, RequestCosts } from "./group-testing.ts";
import { planGroupTesting } from "./group-testing.ts";

/** Inputs are rounded to powers of it, by 2.5 % at most: less than noise moves them by. */
const step = 1.05;
/** The share of a refused request beyond its bad row, to so many parts. */
const parts = 20;
/** Some 200 are made for 32 clean streams of a table, whose densities fall from 2 in 100 to 3 in a million. Half a MiB. */
const plansMax = 256;

/** What a request costs is in terms of a row here, so that no seconds follow from it. */
export type SharedPlan = Omit<GroupTesting, "secondsPerRow">;

/** The one used last is the last. */
const plans = new Map<string, SharedPlan>();

/** As `planGroupTesting`, of nearly the same inputs; equal ones get the same plan. */
export function sharedPlan(
  density: number,
  costs: RequestCosts,
  sizeMax: number,
  begins: "by any" | "by bulk",
): SharedPlan {
  const { bulkRequest, bulkRow, batchRequest, batchRow, refusedShare } = costs;
  const powers = [density, bulkRequest / bulkRow, batchRequest / bulkRow, batchRow / bulkRow].map(powerOf);
  const share = Math.round(refusedShare * parts);
  const name = [...powers, share, sizeMax, begins].join(" ");
  const plan = plans.get(name) ?? planOf(powers, share, sizeMax, begins);
  remember(name, plan);
  return plan;
}

function planOf(powers: readonly number[], share: number, sizeMax: number, begins: "by any" | "by bulk"): SharedPlan {
  const [density = 0, bulkRequest = 0, batchRequest = 0, batchRow = 0] = powers.map((power) => step ** power);
  const costs = { bulkRequest, bulkRow: 1, batchRequest, batchRow, refusedShare: share / parts };
  return planGroupTesting(density, costs, sizeMax, begins);
}

function powerOf(value: number): number {
  return Math.round(Math.log(value) / Math.log(step));
}

function remember(name: string, plan: SharedPlan): void {
  // Deleted first: a Map keeps insertion order, and the one that was not asked for longest is given up.
  plans.delete(name);
  plans.set(name, plan);
  const [oldest] = plans.keys();
  if (plans.size > plansMax && oldest !== undefined) plans.delete(oldest);
}
