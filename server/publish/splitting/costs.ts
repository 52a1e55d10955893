/**
 * What requests cost the service, in seconds of execution, learned from how long their answers took: a share for the request and a
 * share for each row, for each way. Reply time less the round trip is what the service charges (docs/scheduling.md).
 */
import type { Way } from "../../dataverse/wire/way.ts";
import type { RequestCosts } from "./group-testing.ts";
import { Trials } from "./trials.ts";

export interface Cost {
  /** Seconds. */
  readonly request: number;
  /** Seconds. */
  readonly row: number;
}

/** Before anything was seen; only their proportions matter then. */
const expected: Readonly<Record<Way, Cost>> = {
  bulk: { request: 0.06, row: 0.008 },
  batch: { request: 0.02, row: 0.03 },
};

/** Each answer makes those before it count by so much less: of how long requests take now, which every other request on the wire changes … */
const kept = 0.97;
/** … and of what a request and a row cost in terms of each other, which is told only by answers of several sizes. */
const keptShape = 0.995;
/** Where the expected line, drawn to the scale of what was seen, is pinned: answers of one size alone say nothing of its slope. */
const pins = [1, 100];
const pinWeight = 0.25;
/** No answer is quicker. A clock that saw none pass would make every size cost nothing, and all later answers outliers. */
const secondsLeast = 0.001;
/** By so much, seconds, one journey may differ from what is taken off for it: what a request of one row took is within that. */
const journeyError = 0.15;
/** What the other way's answers make this one expect counts as so many answers of its own. */
const hearsay = 2;
/** One answer in some hundreds takes ten times as long, and would bend the line for a long time. */
const outlier = 4;

export function secondsOf({ request, row }: Cost, rows: number): number {
  return request + row * rows;
}

/** Answers err by a share of their time, so that long ones must not outweigh short ones; and by their journey, however short they are. */
function weightOf(seconds: number): number {
  return 1 / Math.max(seconds, journeyError) ** 2;
}

/** A straight line through (rows, seconds). */
export class CostLine {
  readonly #expected: Cost;
  #answers = 0;
  #weight = 0;
  #rows = 0;
  #rowsSquared = 0;
  #seconds = 0;
  #product = 0;
  /** Of the seconds that were seen to those expected. */
  #scale = 1;

  constructor(start: Cost) {
    this.#expected = start;
  }

  get seen(): boolean {
    return this.#weight > 0;
  }

  get scale(): number {
    return this.#scale;
  }

  /** Nothing was seen of it yet: it is taken to be so many times as dear as expected. */
  expect(scale: number): void {
    if (this.seen) return;
    this.#scale = scale;
    this.#answers = hearsay;
  }

  cost(): Cost {
    const { request, row } = this.#expected;
    if (!this.seen) return { request: request * this.#scale, row: row * this.#scale };
    let weight = this.#weight;
    let rows = this.#rows;
    let rowsSquared = this.#rowsSquared;
    let seconds = this.#seconds;
    let product = this.#product;
    for (const pin of pins) {
      const at = secondsOf(this.#expected, pin);
      const counts = pinWeight / at ** 2;
      weight += counts;
      rows += counts * pin;
      rowsSquared += counts * pin * pin;
      seconds += counts * this.#scale * at;
      product += counts * pin * this.#scale * at;
    }
    const slope = (weight * product - rows * seconds) / (weight * rowsSquared - rows * rows);
    // Whatever noise says: rows cost something, and a request no less than one more row. Else requests of one row would seem as good
    // as any, and teach nothing of others.
    if (slope * (rows + weight) > seconds) {
      const both = (product + seconds) / (rowsSquared + 2 * rows + weight);
      return { row: both, request: both };
    }
    const bounded = Math.max((0.05 * seconds) / rows, slope);
    return { row: bounded, request: (seconds - bounded * rows) / weight };
  }

  /** What was seen counts as so many answers at most. */
  fade(most: number): void {
    const share = Math.min(1, most / this.#answers);
    this.#answers *= share;
    this.#weight *= share;
    this.#rows *= share;
    this.#rowsSquared *= share;
    this.#seconds *= share;
    this.#product *= share;
  }

  add(rows: number, took: number): void {
    const seconds = Math.max(secondsLeast, took);
    const likely = secondsOf(this.cost(), rows);
    const cut = this.seen ? Math.min(seconds, outlier * likely) : seconds;
    const usual = secondsOf(this.#expected, rows);
    const ratio = cut / usual;
    const counts = weightOf(usual);
    const share = counts * usual ** 2;
    this.#answers = this.#answers * keptShape + share;
    this.#scale += ((ratio - this.#scale) * share) / this.#answers;
    this.#weight = this.#weight * keptShape + counts;
    this.#rows = this.#rows * keptShape + counts * rows;
    this.#rowsSquared = this.#rowsSquared * keptShape + counts * rows * rows;
    this.#seconds = this.#seconds * keptShape + counts * cut;
    this.#product = this.#product * keptShape + counts * rows * cut;
  }
}

export class Costs {
  /** Of the way that is not in use: one stream's answers are every stream's. */
  readonly #trials = new Trials();
  readonly #lines: Readonly<Record<Way, CostLine>> = {
    bulk: new CostLine(expected.bulk),
    batch: new CostLine(expected.batch),
  };
  /** Of a refused request: how much of what runs after its first bad row is charged. */
  #refusedShare = 0.25;

  /**
   * How much longer requests take now than they did all the while: what crowds one way crowds the other. Bulk requests alone tell:
   * a `$batch` that turns out to be dear would else make them look as much dearer.
   */
  #stretch = 1;

  /** An answered request that applied its rows, or judged each. */
  learn(way: Way, rows: number, seconds: number): void {
    const line = this.#lines[way];
    const likely = secondsOf(this.of(way), rows);
    line.fade(this.#trials.heard(way, rows, { seconds, expected: likely }));
    if (way === "bulk" && line.seen) {
      const ratio = Math.min(outlier * this.#stretch, Math.max(secondsLeast, seconds) / secondsOf(line.cost(), rows));
      this.#stretch = this.#stretch * kept + ratio * (1 - kept);
    }
    line.add(rows, seconds / this.#stretch);
    this.#lines[way === "bulk" ? "batch" : "bulk"].expect(line.scale);
  }

  /** Rows of a request that is sent the other way, of `most` that it may have. */
  trialRows(way: Way, most: number): number {
    return this.#trials.rows(way, this.of(way).row, most);
  }

  /** Whether a request of so many rows is to be sent the other way now, to learn what that costs; asked for before each request. */
  tries(way: Way, rows: number): boolean {
    return this.#trials.take(way, secondsOf(this.of(way), rows));
  }

  /** What a request costs beside its rows, in terms of rows: it hardly changes from one answer to the next. */
  requestRows(way: Way): number {
    const { request, row } = this.#lines[way].cost();
    return request / row;
  }

  /** A refused bulk request: as long as a good one of its size, or cut short at its bad row? */
  learnRefused(rows: number, seconds: number): void {
    const share = Math.min(1, seconds / secondsOf(this.of("bulk"), rows));
    // Bad rows stand half-way through a request on average: then half its time means that nothing ran after them.
    const beyond = Math.max(0, 2 * share - 1);
    this.#refusedShare = this.#refusedShare * kept + beyond * (1 - kept);
  }

  /** A way that was not tried yet is taken to be as much dearer than expected as the other one. */
  of(way: Way): Cost {
    const { request, row } = this.#lines[way].cost();
    return { request: request * this.#stretch, row: row * this.#stretch };
  }

  get all(): RequestCosts {
    const bulk = this.of("bulk");
    const batch = this.of("batch");
    return {
      bulkRequest: bulk.request,
      bulkRow: bulk.row,
      batchRequest: batch.request,
      batchRow: batch.row,
      refusedShare: this.#refusedShare,
    };
  }
}
