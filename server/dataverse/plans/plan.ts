/** The operations of a row after its first one: which of them a row needs, and what they send. */
import type { RecordBatch } from "../../arrow/columns.ts";
import type { Guid } from "../../core/guid.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Found } from "../keys/found.ts";
import type { FileContent } from "../rows/file-column.ts";
import type { RowEncoder } from "../rows/row-encoder.ts";
import type { Bytes } from "../text/bytes.ts";

export interface LaterStep {
  readonly encoder: RowEncoder;
  /** Binds a record batch: whether a row that was written by step `after` has something to do here. */
  readonly due: (batch: RecordBatch) => (row: number, after: number) => boolean;
  /** Present for a file. */
  readonly file?: (batch: RecordBatch) => (row: number) => FileContent;
}

interface Bound {
  readonly isDue: (row: number, after: number) => boolean;
  readonly file: ((row: number) => FileContent) | undefined;
}

/** The first operation of each row, and those that follow it. */
export class PlanEncoder implements RowEncoder {
  readonly #first: RowEncoder;
  readonly #later: readonly LaterStep[];
  #bound: readonly Bound[] = [];

  constructor(first: RowEncoder, later: readonly LaterStep[]) {
    this.#first = first;
    this.#later = later;
  }

  bind(batch: RecordBatch, found?: Found): void {
    this.#first.bind(batch, found);
    for (const { encoder } of this.#later) encoder.bind(batch, found);
    this.#bound = this.#later.map(({ due, file }) => ({ isDue: due(batch), file: file?.(batch) }));
  }

  foldedKey(row: number, id: Guid | undefined): number {
    return this.#first.foldedKey(row, id);
  }

  stepAfter(row: number, step: number): number | undefined {
    const index = this.#bound.findIndex(({ isDue }, i) => i >= step && isDue(row, step));
    return index === -1 ? undefined : index + 1;
  }

  encode(row: number, step: number, id: Guid | undefined, out: Bytes): RowFailure | undefined {
    const encoder = step === 0 ? this.#first : this.#later[step - 1]?.encoder;
    if (encoder === undefined) throw new RangeError(`the plan has no step ${step}`);
    return encoder.encode(row, 0, id, out);
  }

  file(row: number, step: number): FileContent | undefined {
    return this.#bound[step - 1]?.file?.(row);
  }
}
