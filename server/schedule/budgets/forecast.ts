/**
 * When so many seconds of execution will have found room in the windows: first what is free now, then what leaves the last 300 s as it
 * leaves, then what windows sustain. So neither a burst nor the pause after it is taken for the pace.
 */
import type { Budget } from "./budget.ts";
import { windowMs } from "./sliding-sum.ts";

/** @returns milliseconds from now until `seconds` of execution may have been spent; 0 while nothing is known of the windows. */
export function forecastMs(budgets: readonly Budget[], seconds: number, now: number): number {
  const rooms = budgets.map((budget) => Math.max(0, budget.room(now)));
  const short = seconds - sum(rooms);
  if (!(short > 0)) return 0;
  const used = sum(budgets.map((budget) => budget.used(now)));
  const share = used > 0 ? Math.min(1, short / used) : 1;
  const forgotten = Math.max(...budgets.map((budget) => budget.forgottenAt(share, now))) - now;
  // As much as a window is planned to hold, each time that it passes: less where somebody else uses it too, or the service grants less.
  const perWindow = sum(budgets.map((budget) => budget.planned(now)));
  return short <= used ? forgotten : windowMs + ((short - used) / perWindow) * windowMs;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
