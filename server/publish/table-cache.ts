/** The tables of one run: each is read once, however many streams wait for it, and no longer than any of them does. */
import { unlessAborted } from "../core/unless-aborted.ts";
import type { Table } from "../dataverse/metadata/tables.ts";

/** @param signal aborted when nobody waits for the table any more. */
export type ReadTable = (logicalName: string, options: ReadOptions) => Promise<Table>;

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** See `isNeeded`. */
  readonly wanted?: ReadonlySet<string> | undefined;
}

interface Reading {
  readonly table: Promise<Table>;
  readonly given: AbortController;
  waiting: number;
}

export class TableCache {
  readonly #read: ReadTable;
  readonly #readings = new Map<string, Reading>();

  constructor(read: ReadTable) {
    this.#read = read;
  }

  /** @throws as the reading, or the signal's reason as soon as that is aborted. */
  async get(logicalName: string, { signal, wanted }: ReadOptions): Promise<Table> {
    signal.throwIfAborted();
    const place = wanted === undefined ? logicalName : [logicalName, ...wanted].join("\0");
    const reading = this.#readings.get(place) ?? this.#begin(logicalName, wanted);
    this.#readings.set(place, reading);
    reading.waiting += 1;
    try {
      return await unlessAborted(reading.table, signal);
    } catch (error) {
      // A failure is not remembered: the next stream may find the table made, or the right given.
      if (!signal.aborted || reading.waiting === 1) this.#forget(place, reading);
      throw error;
    } finally {
      reading.waiting -= 1;
      if (reading.waiting === 0) reading.given.abort(signal.reason);
    }
  }

  #begin(logicalName: string, wanted: ReadonlySet<string> | undefined): Reading {
    const given = new AbortController();
    return { table: this.#read(logicalName, { signal: given.signal, wanted }), given, waiting: 0 };
  }

  /** Another one may have begun meanwhile. */
  #forget(place: string, reading: Reading): void {
    if (this.#readings.get(place) === reading) this.#readings.delete(place);
  }
}
