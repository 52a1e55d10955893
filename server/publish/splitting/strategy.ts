/**
 * Which way the next request goes, how many rows it takes, and how a refused one is taken apart: from the density of bad rows and
 * from what requests cost, both learned as the stream goes. Nothing here sends.
 */
import type { Way } from "../../dataverse/wire/way.ts";
import type { Work } from "../../transport/http.ts";
import type { Shape } from "../rows/batch.ts";
import { operationsMax } from "../rows/batch.ts";
import type { Costs } from "./costs.ts";
import { secondsOf } from "./costs.ts";
import { Density } from "./density.ts";
import type { RequestCosts } from "./group-testing.ts";
import type { SharedPlan } from "./shared-plans.ts";
import { sharedPlan } from "./shared-plans.ts";

/** Microsoft's advice for standard tables. */
export const targetsMax = 1000;
/** The first request tells what rows cost; then at most twice as many with each few answers. */
const firstRows = 50;
const answersPerDoubling = 4;
/** Of the time that a request should take, what a trial may be expected to: it proves nothing that is not half of that. */
const trialSeconds = 2;
/** A size that grows or shrinks by so much is worth a word. */
const tellingChange = 2;
/** The plan is made anew when what it was made from has changed by so much. */
const drift = 1.2;

export interface StrategyOptions {
  /** BATCH where the table has no bulk message for the mode; BULK keeps to it however dense bad rows are. */
  readonly choice: "AUTO" | "BATCH" | "BULK";
  /** Of the environment's table and mode. */
  readonly costs: Costs;
  /** How long a request should take, seconds: what those who schedule it can fill their windows with. */
  readonly requestSeconds: () => number;
  /** What each request costs beside its execution, in terms of it, seconds, where requests are what is scarce; absent: nothing. */
  readonly surcharge?: () => number;
  /** Rows that a bulk request may have. */
  readonly targetsMax?: number;
  /** A bad row undoes no other: then no density speaks against a full request. */
  readonly partial?: boolean;
  /** Hears when requests change their way, or much of their size. */
  readonly changed?: (now: Shape, before: Shape | undefined) => void;
}

interface Plan extends SharedPlan {
  readonly density: number;
  readonly costs: RequestCosts;
}

export class Strategy {
  readonly #options: StrategyOptions;
  readonly #density = new Density();
  #choice: StrategyOptions["choice"];
  #plan: Plan | undefined;
  #most = firstRows;
  #answers = 0;
  /** What was told of last. */
  #told: Shape | undefined;
  /** Requests of each way, and the rows in them. */
  readonly sent: Readonly<Record<Way, { requests: number; rows: number }>> = {
    bulk: { requests: 0, rows: 0 },
    batch: { requests: 0, rows: 0 },
  };

  constructor(options: StrategyOptions) {
    this.#options = options;
    this.#choice = options.choice;
  }

  /** For a request of rows that were not tested yet. */
  next(): Shape {
    const now = this.#next();
    const before = this.#told;
    if (before?.way === now.way && now.size < before.size * tellingChange && before.size < now.size * tellingChange) {
      return now;
    }
    this.#told = now;
    this.#options.changed?.(now, before);
    return now;
  }

  #next(): Shape {
    if (this.#choice === "BATCH") return this.batch;
    if (this.#options.partial === true) return { way: "bulk", size: this.#sizeMax };
    const plan = this.#planned();
    if (plan.dense && this.#choice === "AUTO") return this.batch;
    return { way: "bulk", size: Math.min(plan.size, this.#sizeMax) };
  }

  /** For a request the other way, to learn what that costs; undefined: none is due. To be asked for once before each request. */
  trial(): Shape | undefined {
    if (this.#choice !== "AUTO" || this.#options.partial === true) return undefined;
    // A refused one would not tell: of so many rows, one is expected to be bad.
    const rowsPerBad = Math.floor(1 / this.#density.value);
    const { costs } = this.#options;
    const way = this.#planned().dense ? "bulk" : "batch";
    const seconds = trialSeconds * this.#options.requestSeconds();
    const most = way === "bulk" ? Math.min(rowsPerBad, this.#sizeWithin(seconds)) : operationsMax;
    const size = costs.trialRows(way, most);
    return costs.tries(way, size) ? { way, size } : undefined;
  }

  /** For rows that are judged one by one. */
  get batch(): Shape {
    return { way: "batch", size: operationsMax };
  }

  /** Rows to test first of a refused bulk request; 0 = judge each by a `$batch`. */
  firstPart(rows: number): number {
    return Math.min(this.#planned().firstPart(rows), rows - 1);
  }

  /** The table turned out not to take bulk messages. */
  withoutBulk(): void {
    this.#choice = "BATCH";
  }

  /** A request of so many rows was more than the service takes, or finishes in time. */
  tooLarge(way: Way, rows: number): void {
    if (way === "bulk") this.#most = Math.max(1, Math.min(this.#most, rows >> 1));
  }

  /** What a request of so many rows is expected to cost. */
  work(way: Way, rows: number): Pick<Work, "seconds" | "requestRows"> {
    const { costs } = this.#options;
    return { seconds: secondsOf(costs.of(way), rows), requestRows: costs.requestRows(way) };
  }

  /** What the next request of so many rows at hand is expected to cost, seconds. */
  expected(rows: number): number {
    const { way, size } = this.next();
    return secondsOf(this.#options.costs.of(way), Math.max(1, Math.min(rows, size)));
  }

  /** An answer came, whose request was executed for so many seconds. */
  answered(way: Way, rows: number, seconds: number): void {
    this.sent[way].requests += 1;
    this.sent[way].rows += rows;
    this.#answers += 1;
    if (this.#answers % answersPerDoubling === 0) this.#most = Math.min(this.#bound, this.#most * 2);
    this.#options.costs.learn(way, rows, seconds);
  }

  refused(rows: number, seconds: number | undefined): void {
    this.sent.bulk.requests += 1;
    this.sent.bulk.rows += rows;
    if (seconds !== undefined) this.#options.costs.learnRefused(rows, seconds);
  }

  /** The service has told the fate of rows, one by one or all at once. */
  judged(rows: number, bad: number): void {
    this.#density.judged(rows, bad);
  }

  get #bound(): number {
    return this.#options.targetsMax ?? targetsMax;
  }

  get #sizeMax(): number {
    return this.#sizeWithin(this.#options.requestSeconds());
  }

  #sizeWithin(seconds: number): number {
    const cost = this.#options.costs.of("bulk");
    const affordable = Math.floor((seconds - cost.request) / cost.row);
    return Math.max(1, Math.min(this.#most, this.#bound, affordable));
  }

  #planned(): Plan {
    const density = this.#density.value;
    const all = withSurcharge(this.#options.costs.all, this.#options.surcharge?.() ?? 0);
    const plan = this.#plan;
    if (plan !== undefined && isNear(plan.density, density) && areNear(plan.costs, all)) return plan;
    const begins = this.#choice === "BULK" ? "by bulk" : "by any";
    this.#plan = { ...sharedPlan(density, all, this.#bound, begins), density, costs: all };
    return this.#plan;
  }

  /** For the summary, e.g. `bulk: 93 requests of 998 rows, 8.2 ms a row; $batch: 2 requests of 6 rows, 31 ms a row`. */
  describe(): string {
    const names: Readonly<Record<Way, string>> = { bulk: "bulk", batch: "$batch" };
    const parts = (["bulk", "batch"] as const).flatMap((way) => {
      const { requests, rows } = this.sent[way];
      if (requests === 0) return [];
      const mean = Math.round(rows / requests);
      const seconds = secondsOf(this.#options.costs.of(way), mean) / Math.max(1, mean);
      return [
        `${names[way]}: ${counted(requests, "request")} of ${counted(mean, "row")}, ${(seconds * 1000).toPrecision(2)} ms a row`,
      ];
    });
    return parts.join("; ");
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function withSurcharge(costs: RequestCosts, seconds: number): RequestCosts {
  return { ...costs, bulkRequest: costs.bulkRequest + seconds, batchRequest: costs.batchRequest + seconds };
}

/** The shares of a request and of a row decide the sizes, and which way rows go; each may change while the others stay. */
function areNear(before: RequestCosts, now: RequestCosts): boolean {
  const isBulkNear = isNear(before.bulkRow, now.bulkRow) && isNear(before.bulkRequest, now.bulkRequest);
  return isBulkNear && isNear(before.batchRow, now.batchRow);
}

function isNear(before: number, now: number): boolean {
  return now < before * drift && before < now * drift;
}
