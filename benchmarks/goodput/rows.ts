/** Rows without end, each with its number, and which of them are bad: told by the number alone, so that nobody has to keep them. */
import type { Column, RecordBatch } from "../../server/arrow/columns.ts";
import { int32, recordBatch, text } from "../../test/support/columns.ts";
import { seededRandom } from "../../test/support/virtual-clock.ts";
import type { Cell } from "./cell.ts";

/** Of so many rows exactly the share is bad, anywhere; then it begins anew. */
const period = 100_000;
const rowsPerBatch = 2000;
const noteMax = 20;
const tooLong = "x".repeat(noteMax + 1);

export const schema = `
tables:
  bench_row:
    primary_name: bench_note
    columns:
      bench_note: {type: text, max_length: ${noteMax}}
      bench_number: {type: integer, min: 0}
`;

export class Rows {
  readonly #bad = new Uint8Array(period);
  readonly #isTold: boolean;
  /** By record batch of the period: the same ones come round. */
  readonly #notes = new Map<number, Column>();

  constructor({ bad, seed }: Pick<Cell, "bad" | "seed">) {
    this.#isTold = bad.foundBy === "metadata";
    const random = seededRandom(seed ^ 0xbad);
    for (let left = Math.round((period * bad.percent) / 100); left > 0; ) {
      const row = Math.floor(random() * period);
      if (this.#bad[row] === 1) continue;
      this.#bad[row] = 1;
      left -= 1;
    }
  }

  isBad(row: number): boolean {
    return this.#bad[row % period] === 1;
  }

  /** Whether metadata says that the row is bad. */
  isForbidden(row: number): boolean {
    return this.#isTold && this.isBad(row);
  }

  /** The nth record batch of the stream. */
  recordBatch(nth: number): RecordBatch {
    const first = nth * rowsPerBatch;
    return recordBatch(numbersFrom(first), this.#notesOf(nth % (period / rowsPerBatch)));
  }

  #notesOf(nth: number): Column {
    const made = () => Array.from({ length: rowsPerBatch }, (_, at) => this.#note(nth * rowsPerBatch + at));
    const notes = this.#notes.get(nth) ?? text("bench_note", made());
    this.#notes.set(nth, notes);
    return notes;
  }

  #note(row: number): string {
    return this.isForbidden(row) ? tooLong : "note";
  }
}

const numberTypes = int32("bench_number", [0]);

function numbersFrom(first: number): Column {
  const values = new Uint8Array(Int32Array.from({ length: rowsPerBatch }, (_, at) => first + at).buffer);
  return { ...numberTypes, rows: rowsPerBatch, values };
}
