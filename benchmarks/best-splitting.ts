/**
 * The least that writing rows can cost where one bad row undoes its whole request, for someone who is told how dense bad rows are and
 * what requests cost: a dynamic programme of its own over nested group testing, which shares nothing with the server. Rows that a
 * `$batch` judges are taken to fill whole ones, so that nobody does better by gathering them.
 */

/** Seconds of execution. */
export interface Prices {
  readonly bulkRequest: number;
  readonly bulkRow: number;
  readonly batchRequest: number;
  readonly batchRow: number;
  /** What a refused bulk request is charged: all of it, or what ran up to its first bad row. */
  readonly failed: "whole" | "part";
}

/** Targets of a bulk message, operations of a `$batch`. */
const rowsMost = 1000;
const precision = 1e-12;

/** Seconds for each row of an endless stream in which each row is bad with the chance `density`. */
export function bestSecondsPerRow(density: number, prices: Prices): number {
  const byBatch = batchRowOf(prices);
  if (density >= 1) return byBatch;
  const chances = new Chances(density, prices);
  if (density <= 0) return Math.min(byBatch, chances.applied(rowsMost) / rowsMost);
  let [low, high] = [0, byBatch];
  while (high - low > precision) {
    const price = (low + high) / 2;
    if (gains(price, chances, prices)) high = price;
    else low = price;
  }
  return high;
}

/** With its share of a full `$batch`. */
function batchRowOf({ batchRow, batchRequest }: Prices): number {
  return batchRow + batchRequest / rowsMost;
}

/** Whether some size of request deals with its rows for less than `price` each. */
function gains(price: number, chances: Chances, prices: Prices): boolean {
  const guilty = isolating(price, chances, prices);
  for (let rows = 1; rows <= rowsMost; rows++) {
    const good = chances.good(rows);
    const spent = good * chances.applied(rows) + (1 - good) * (chances.refused(rows) + (guilty[rows] ?? 0));
    if (spent < price * rows) return true;
  }
  return false;
}

/**
 * By number of rows: seconds until each of them is known, if one of them at least is bad and their request has just been refused.
 * Rows that turn out not to be suspect cost `price`, like any that were not tested.
 */
function isolating(price: number, chances: Chances, prices: Prices): Float64Array {
  const byBatch = batchRowOf(prices);
  const seconds = new Float64Array(rowsMost + 1);
  for (let rows = 2; rows <= rowsMost; rows++) {
    let least = byBatch * rows;
    for (let part = 1; part < rows; part++) {
      const rest = rows - part;
      const good = (chances.good(part) - chances.good(rows)) / (1 - chances.good(rows));
      // A single row that must be the bad one has still to tell its reason.
      const deduced = rest === 1 ? byBatch : (seconds[rest] ?? 0);
      const ifGood = chances.applied(part) + deduced;
      const ifBad = chances.refused(part) + (seconds[part] ?? 0) + price * rest;
      least = Math.min(least, good * ifGood + (1 - good) * ifBad);
    }
    seconds[rows] = least;
  }
  return seconds;
}

class Chances {
  readonly #prices: Prices;
  readonly #good: Float64Array;
  /** By number of rows: the expected place of the first bad row, counted from 1, if there is one. */
  readonly #first: Float64Array;

  constructor(density: number, prices: Prices) {
    this.#prices = prices;
    this.#good = Float64Array.from({ length: rowsMost + 1 }, (_, rows) => (1 - density) ** rows);
    this.#first = new Float64Array(rowsMost + 1);
    let sum = 0;
    for (let rows = 1; rows <= rowsMost; rows++) {
      sum += rows * this.good(rows - 1) * density;
      this.#first[rows] = sum / Math.max(Number.MIN_VALUE, 1 - this.good(rows));
    }
  }

  /** That so many rows are all good. */
  good(rows: number): number {
    return this.#good[rows] ?? 0;
  }

  applied(rows: number): number {
    return this.#prices.bulkRequest + this.#prices.bulkRow * rows;
  }

  refused(rows: number): number {
    return this.applied(this.#prices.failed === "whole" ? rows : (this.#first[rows] ?? 0));
  }
}
