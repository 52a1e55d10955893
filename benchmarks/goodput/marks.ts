/** What the table holds, as a byte for each row number: how often it was written. The oracle of what was lost and what was doubled. */

export class Marks {
  #times = new Uint8Array(1 << 20);
  /** Different rows written. */
  rows = 0;
  /** Writes beyond the first of a row. */
  doubled = 0;

  write(row: number): void {
    if (row >= this.#times.length) this.#grow(row);
    const times = (this.#times[row] ?? 0) + 1;
    this.#times[row] = Math.min(255, times);
    if (times === 1) this.rows += 1;
    else this.doubled += 1;
  }

  has(row: number): boolean {
    return (this.#times[row] ?? 0) > 0;
  }

  #grow(row: number): void {
    const more = new Uint8Array(Math.max(row + 1, this.#times.length * 2));
    more.set(this.#times);
    this.#times = more;
  }
}
