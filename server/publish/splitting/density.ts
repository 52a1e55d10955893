/**
 * How dense bad rows are that only the service finds, as seen so far. Bad rows come in runs, so old counts fade; and a stream that
 * has seen none yet still expects a few, or its first large request would be a gamble.
 */

/** Counts are halved each time so many rows were judged. */
const halfLifeRows = 14_000;
/** What is expected before anything was seen: 0.4 bad in 20 rows. */
const badBefore = 0.4;
const rowsBefore = 20;
/** However many good rows went by: one bad row in some times as many must still not come as a surprise. */
const badLeast = 0.3;

export class Density {
  #bad = 0;
  #rows = 0;
  /** Rows since the last bad one: what was good for so long is believed beyond the half-life. */
  #good = 0;

  /** Rows whose fate the service has told, and how many of them it refused. */
  judged(rows: number, bad: number): void {
    const kept = 0.5 ** (rows / halfLifeRows);
    this.#bad = this.#bad * kept + bad;
    this.#rows = this.#rows * kept + rows;
    this.#good = bad > 0 ? 0 : this.#good + rows;
  }

  /** Between 0 and 1, never either. */
  get value(): number {
    const seen = this.#bad + (this.#rows < rowsBefore * 10 ? badBefore : 0);
    const rows = seen > badLeast ? this.#rows : Math.max(this.#rows, this.#good);
    return Math.min(0.99, Math.max(badLeast, seen) / (rows + rowsBefore));
  }
}
