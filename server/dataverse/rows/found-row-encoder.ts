/**
 * Rows whose key no URL can name, or that have no key at all but values which name them: each goes to the id that was found or
 * minted for it. A row to be created takes its key along, an existing one keeps the key that it has.
 */
import type { RecordBatch } from "../../arrow/columns.ts";
import type { Guid } from "../../core/guid.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Found } from "../keys/found.ts";
import { nothingFound } from "../keys/found.ts";
import type { Bytes } from "../text/bytes.ts";
import type { RowEncoder } from "./row-encoder.ts";

export interface FoundRowEncoders {
  /** For rows that nothing was read about; undefined for a mapping that reads about every row. */
  readonly byKey: RowEncoder | undefined;
  readonly existing: RowEncoder;
  readonly absent: RowEncoder;
}

export class FoundRowEncoder implements RowEncoder {
  readonly #encoders: FoundRowEncoders;
  #found: Found = nothingFound;

  constructor(encoders: FoundRowEncoders) {
    this.#encoders = encoders;
  }

  bind(batch: RecordBatch, found: Found = nothingFound): void {
    const { byKey, existing, absent } = this.#encoders;
    this.#found = found;
    byKey?.bind(batch, found);
    existing.bind(batch, found);
    absent.bind(batch, found);
  }

  foldedKey(row: number, id: Guid | undefined): number {
    return this.#encoders.existing.foldedKey(row, id);
  }

  stepAfter(row: number, step: number): number | undefined {
    return this.#of(row).stepAfter(row, step);
  }

  encode(row: number, step: number, id: Guid | undefined, out: Bytes): RowFailure | undefined {
    const known = this.#found.ids?.[row];
    if (typeof known !== "object") return this.#of(row).encode(row, step, id, out);
    // A fault of its values is the row's own, and stays when the key is mended.
    const start = out.length;
    const failure = this.#encoders.existing.encode(row, step, id, out);
    out.truncate(start);
    return failure ?? known;
  }

  #of(row: number): RowEncoder {
    const { byKey, existing, absent } = this.#encoders;
    if (this.#found.ids?.[row] === undefined && byKey !== undefined) return byKey;
    return this.#found.absent?.has(row) === true ? absent : existing;
  }
}
