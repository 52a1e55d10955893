/**
 * How to find bad rows when one of them undoes its whole request: nested group testing. Given the density of bad rows and what
 * requests cost, a dynamic programme says how large an untested request should be, and what to do with one that was refused: test
 * a first part of it, or let a `$batch` judge each row. When a tested part fails, the rest is no longer suspect and goes back
 * among the untested, which is most of the gain over halving.
 */
import { operationsMax } from "../rows/batch.ts";

/** Seconds of execution. */
export interface RequestCosts {
  readonly bulkRequest: number;
  readonly bulkRow: number;
  readonly batchRequest: number;
  readonly batchRow: number;
  /** Of what a request would have cost, the part that a refused one costs beyond its first bad row: 0 = none, 1 = all. */
  readonly refusedShare: number;
}

export interface GroupTesting {
  /** Rows of an untested request. */
  readonly size: number;
  /** A `$batch` of untested rows is cheaper than any bulk request. */
  readonly dense: boolean;
  /** Seconds for one untested row, its share of finding bad ones included. */
  readonly secondsPerRow: number;
  /** Rows to test first of a refused request of `rows`; 0: judge each by a `$batch`. */
  firstPart(rows: number): number;
}

/** Sizes looked at: every one while they are small, then steps of a tenth. */
const sizes = stepsUpTo(1000);
/** Rows in a `$batch`. */
const batchRows = operationsMax;
/** The price of an untested row depends on itself: Dinkelbach's iteration has it to a hair after a few rounds. */
const rounds = 6;

function stepsUpTo(most: number): readonly number[] {
  const steps: number[] = [];
  for (let size = 1; size < most; size = Math.max(size + 1, Math.round(size * 1.1))) steps.push(size);
  return [...steps, most];
}

/**
 * @param density share of bad rows, more than 0 and at most 1.
 * @param sizeMax the most rows that a request may have.
 * @param begins how untested rows may go: where a `$batch` is no choice, its price must not make every bulk request seem too dear.
 */
export function planGroupTesting(
  density: number,
  costs: RequestCosts,
  sizeMax: number,
  begins: "by any" | "by bulk" = "by any",
): GroupTesting {
  const usable = sizes.filter((size) => size <= Math.max(1, sizeMax));
  const odds = new Odds(density, costs, usable.at(-1) ?? 1);
  const byBatch = begins === "by bulk" ? Number.POSITIVE_INFINITY : judgedAlone(costs);
  let secondsPerRow = Math.min(byBatch, odds.applied(1));
  let guilty = isolate(usable, { odds, costs, secondsPerRow });
  let best = bestSize(usable, { odds, guilty, secondsPerRow });
  for (let round = 1; round < rounds; round++) {
    const next = Math.min(byBatch, best.secondsPerRow);
    // It stays as it is from here on.
    if (next === secondsPerRow) break;
    secondsPerRow = next;
    guilty = isolate(usable, { odds, costs, secondsPerRow });
    best = bestSize(usable, { odds, guilty, secondsPerRow });
  }
  const { parts } = guilty;
  return {
    size: best.size,
    dense: byBatch < best.secondsPerRow,
    secondsPerRow: Math.min(byBatch, best.secondsPerRow),
    firstPart: (rows) => valueAt(parts, indexOf(usable, rows)),
  };
}

/** What requests of good and bad rows cost, where each row is bad with the same chance. */
class Odds {
  readonly #density: number;
  /** By the number of rows: they are asked for again and again. */
  readonly #allGood: Float64Array;
  readonly #costs: RequestCosts;

  constructor(density: number, costs: RequestCosts, rowsMax: number) {
    this.#density = density;
    this.#allGood = Float64Array.from({ length: rowsMax + 1 }, (_, rows) => (1 - density) ** rows);
    this.#costs = costs;
  }

  /** That all of so many rows are good. */
  allGood(rows: number): number {
    return this.#allGood[rows] ?? 0;
  }

  /** That a first part is all good, given that the whole has a bad row. */
  goodIn(part: number, rows: number): number {
    return (this.allGood(part) - this.allGood(rows)) / Math.max(1e-12, 1 - this.allGood(rows));
  }

  applied(rows: number): number {
    return this.#costs.bulkRequest + this.#costs.bulkRow * rows;
  }

  /** Expected, given that at least one of the rows is bad: it runs up to the first of them. */
  refused(rows: number): number {
    const { bulkRequest, bulkRow, refusedShare } = this.#costs;
    const none = this.allGood(rows);
    const firstBad = 1 / this.#density - (rows * none) / Math.max(1e-12, 1 - none);
    const run = Math.min(rows, Math.max(1, firstBad));
    return bulkRequest + bulkRow * (run + refusedShare * (rows - run));
  }
}

/** By place in the usable sizes: what becomes of a refused request of so many rows. */
interface Isolation {
  /** Seconds until each of its rows is known or back among the untested. */
  readonly seconds: readonly number[];
  /** Rows that go back among the untested. */
  readonly back: readonly number[];
  /** Rows to test first; 0 = all by `$batch`. */
  readonly parts: readonly number[];
}

interface Prices {
  readonly odds: Odds;
  readonly costs: RequestCosts;
  readonly secondsPerRow: number;
}

function isolate(usable: readonly number[], prices: Prices): Isolation {
  const known = { seconds: [] as number[], back: [] as number[], parts: [] as number[] };
  const around = { usable, known, prices };
  for (const [place, rows] of usable.entries()) {
    const all = judgeAll(rows, prices);
    let best = -1;
    let price = all.price;
    for (let at = 0; at < place; at++) {
      const tested = testFirst(at, rows, around).price;
      if (tested >= price) continue;
      price = tested;
      best = at;
    }
    // Made once more: to keep a step of each trial would make thousands.
    const least = best < 0 ? all : testFirst(best, rows, around);
    known.seconds.push(least.seconds);
    known.back.push(least.back);
    known.parts.push(least.part);
  }
  return known;
}

/** One row of a full `$batch`. */
function judgedAlone({ batchRequest, batchRow }: RequestCosts): number {
  return batchRow + batchRequest / batchRows;
}

interface Step {
  /** Seconds, and what the rows that go back will still cost. */
  readonly price: number;
  readonly seconds: number;
  readonly back: number;
  readonly part: number;
}

/** By a `$batch`, in which others are judged, too; a request of one row that was refused has told its reason already. */
function judgeAll(rows: number, { costs }: Prices): Step {
  const seconds = rows === 1 ? 0 : rows * judgedAlone(costs);
  return { price: seconds, seconds, back: 0, part: 0 };
}

function testFirst(
  at: number,
  rows: number,
  { usable, known, prices }: { usable: readonly number[]; known: Isolation; prices: Prices },
): Step {
  const { odds, costs, secondsPerRow } = prices;
  const part = valueAt(usable, at);
  const rest = rows - part;
  const near = indexOf(usable, rest);
  // Sizes between two that are looked at cost in proportion.
  const scale = rest / valueAt(usable, near);
  const deduced = rest === 1 ? judgedAlone(costs) : scale * valueAt(known.seconds, near);
  const good = odds.goodIn(part, rows);
  const ifGood = odds.applied(part) + deduced;
  const ifBad = odds.refused(part) + valueAt(known.seconds, at);
  const seconds = good * ifGood + (1 - good) * ifBad;
  const back = good * scale * valueAt(known.back, near) + (1 - good) * (rest + valueAt(known.back, at));
  return { price: seconds + back * secondsPerRow, seconds, back, part };
}

/** The size whose rows cost least; rows that come back untested are not done, and do not count. */
function bestSize(
  usable: readonly number[],
  { odds, guilty, secondsPerRow }: Pick<Prices, "odds" | "secondsPerRow"> & { guilty: Isolation },
): { readonly size: number; readonly secondsPerRow: number } {
  let best = { size: 1, secondsPerRow: Number.POSITIVE_INFINITY, gain: Number.NEGATIVE_INFINITY };
  for (const [place, rows] of usable.entries()) {
    const good = odds.allGood(rows);
    const bad = 1 - good;
    const seconds = good * odds.applied(rows) + bad * (odds.refused(rows) + valueAt(guilty.seconds, place));
    const done = rows - bad * valueAt(guilty.back, place);
    const gain = secondsPerRow * done - seconds;
    if (gain > best.gain) best = { size: rows, secondsPerRow: seconds / done, gain };
  }
  return best;
}

/** The place of the greatest usable size that is not above `rows`. */
function indexOf(usable: readonly number[], rows: number): number {
  let low = 0;
  let high = usable.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (valueAt(usable, middle) <= rows) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Of a place that is known to be there. */
function valueAt(values: readonly number[], place: number): number {
  return values[place] ?? 0;
}
