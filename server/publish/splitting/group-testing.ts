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
const sizes = Float64Array.from(stepsUpTo(1000));
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
  const odds = new Odds(density, costs, usable);
  const byBatch = begins === "by bulk" ? Number.POSITIVE_INFINITY : judgedAlone(costs);
  let secondsPerRow = Math.min(byBatch, valueAt(odds.applied, 0));
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

/** What requests of good and bad rows cost, where each row is bad with the same chance; by place in the usable sizes. */
class Odds {
  /** That all of so many rows are good. */
  readonly allGood: Float64Array;
  /** Seconds of a request of good rows. */
  readonly applied: Float64Array;
  /** Expected, given that at least one of the rows is bad: it runs up to the first of them. */
  readonly refused: Float64Array;

  constructor(density: number, { bulkRequest, bulkRow, refusedShare }: RequestCosts, usable: Float64Array) {
    this.allGood = usable.map((rows) => (1 - density) ** rows);
    this.applied = usable.map((rows) => bulkRequest + bulkRow * rows);
    this.refused = usable.map((rows, place) => {
      const none = valueAt(this.allGood, place);
      const firstBad = 1 / density - (rows * none) / Math.max(1e-12, 1 - none);
      const run = Math.min(rows, Math.max(1, firstBad));
      return bulkRequest + bulkRow * (run + refusedShare * (rows - run));
    });
  }

  /** That a first part is all good, given that the whole has a bad row. */
  goodIn(part: number, whole: number): number {
    const none = valueAt(this.allGood, whole);
    return (valueAt(this.allGood, part) - none) / Math.max(1e-12, 1 - none);
  }
}

/** By place in the usable sizes: what becomes of a refused request of so many rows. */
interface Isolation {
  /** Seconds until each of its rows is known or back among the untested. */
  readonly seconds: Float64Array;
  /** Rows that go back among the untested. */
  readonly back: Float64Array;
  /** Rows to test first; 0 = all by `$batch`. */
  readonly parts: Float64Array;
}

interface Prices {
  readonly odds: Odds;
  readonly costs: RequestCosts;
  readonly secondsPerRow: number;
}

function isolate(usable: Float64Array, prices: Prices): Isolation {
  const known = {
    seconds: new Float64Array(usable.length),
    back: new Float64Array(usable.length),
    parts: new Float64Array(usable.length),
  };
  for (let place = 0; place < usable.length; place++) {
    const rows = valueAt(usable, place);
    // A request of one row that was refused has told its reason already.
    const judged = rows === 1 ? 0 : rows * judgedAlone(prices.costs);
    const least = { price: judged, seconds: judged, back: 0, part: 0 };
    testFirst(place, least, { usable, known, prices });
    known.seconds[place] = least.seconds;
    known.back[place] = least.back;
    known.parts[place] = least.part;
  }
  return known;
}

/** One row of a full `$batch`. */
function judgedAlone({ batchRequest, batchRow }: RequestCosts): number {
  return batchRow + batchRequest / batchRows;
}

interface Step {
  /** Seconds, and what the rows that go back will still cost. */
  price: number;
  seconds: number;
  back: number;
  part: number;
}

/**
 * Makes of `least`, where all are judged by a `$batch`, the first part whose test costs least, if that is less. There are thousands of
 * trials, so that no step is made of each.
 */
function testFirst(
  place: number,
  least: Step,
  { usable, known, prices }: { usable: Float64Array; known: Isolation; prices: Prices },
): void {
  const { odds, costs, secondsPerRow } = prices;
  const alone = judgedAlone(costs);
  // The place of the greatest size that is not above the rest, which shrinks.
  let near = place;
  for (let at = 0; at < place; at++) {
    const part = valueAt(usable, at);
    const rest = valueAt(usable, place) - part;
    while (valueAt(usable, near) > rest) near--;
    // Sizes between two that are looked at cost in proportion.
    const scale = rest / valueAt(usable, near);
    const deduced = rest === 1 ? alone : scale * valueAt(known.seconds, near);
    const good = odds.goodIn(at, place);
    const ifGood = valueAt(odds.applied, at) + deduced;
    const ifBad = valueAt(odds.refused, at) + valueAt(known.seconds, at);
    const seconds = good * ifGood + (1 - good) * ifBad;
    const back = good * scale * valueAt(known.back, near) + (1 - good) * (rest + valueAt(known.back, at));
    const price = seconds + back * secondsPerRow;
    if (price >= least.price) continue;
    least.price = price;
    least.seconds = seconds;
    least.back = back;
    least.part = part;
  }
}

/** The size whose rows cost least; rows that come back untested are not done, and do not count. */
function bestSize(
  usable: Float64Array,
  { odds, guilty, secondsPerRow }: Pick<Prices, "odds" | "secondsPerRow"> & { guilty: Isolation },
): { readonly size: number; readonly secondsPerRow: number } {
  let best = { size: 1, secondsPerRow: Number.POSITIVE_INFINITY, gain: Number.NEGATIVE_INFINITY };
  for (let place = 0; place < usable.length; place++) {
    const rows = valueAt(usable, place);
    const good = valueAt(odds.allGood, place);
    const bad = 1 - good;
    const ifBad = valueAt(odds.refused, place) + valueAt(guilty.seconds, place);
    const seconds = good * valueAt(odds.applied, place) + bad * ifBad;
    const done = rows - bad * valueAt(guilty.back, place);
    const gain = secondsPerRow * done - seconds;
    if (gain > best.gain) best = { size: rows, secondsPerRow: seconds / done, gain };
  }
  return best;
}

/** The place of the greatest usable size that is not above `rows`. */
function indexOf(usable: Float64Array, rows: number): number {
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
function valueAt(values: Float64Array, place: number): number {
  return values[place] ?? 0;
}
