/**
 * What must be read before the rows of a record batch can be encoded: which rows their keys and lookups name. Record batches are
 * read side by side, in turns of the lanes, and go on in the order of arrival: none overtakes an earlier one.
 */
import type { SidecarError } from "../../core/errors.ts";
import { asSidecarError } from "../../core/errors.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Slab } from "../rows/ledger.ts";
import { noTime } from "../rows/settlement.ts";

/** One kind of reading. A step settles no row: a row that cannot be sent has its failure in `slab.found`, and fails in its turn. */
export interface PreparationStep {
  /** Whether rows of this record batch need reading; cheap, and asked before a turn is waited for. */
  needs(slab: Slab): boolean;
  /**
   * Puts a `slab.found` in place that holds what was read beside what other steps found.
   * @throws SidecarError as `Finder.find`; then no row of the record batch is sent.
   */
  prepare(slab: Slab, lane: Lane): Promise<void>;
}

export interface PreparationOptions {
  readonly steps: readonly PreparationStep[];
  /** The record batch's rows may be encoded. */
  readonly ready: (slab: Slab) => void;
  /** The run cannot go on, for this reason. */
  readonly stop: (reason: SidecarError) => void;
}

/** Bounded by the record batches in memory, which hold permits. */
interface Place {
  readonly slab: Slab;
  state: "waiting" | "reading" | "ready";
}

export class Preparation {
  readonly #options: PreparationOptions;
  #places: Place[] = [];

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /** Record batches that wait for a turn. */
  get waiting(): number {
    return this.#places.reduce((count, { state }) => count + (state === "waiting" ? 1 : 0), 0);
  }

  /** Record batches that are on their way through. */
  get open(): number {
    return this.#places.length;
  }

  add(slab: Slab): void {
    const needs = this.#options.steps.some((step) => step.needs(slab));
    if (!needs && this.#places.length === 0) this.#options.ready(slab);
    else this.#places.push({ slab, state: needs ? "waiting" : "ready" });
  }

  /** Reads for the next record batch; undefined when none waits. Rejects for a defect alone. */
  next(lane: Lane): Promise<void> | undefined {
    const place = this.#places.find(({ state }) => state === "waiting");
    if (place === undefined) return undefined;
    place.state = "reading";
    return this.#read(place, lane);
  }

  /** Gives up every row that has not gone on. */
  drain(skip: (slab: Slab, row: number) => void): void {
    const places = this.#places;
    this.#places = [];
    for (const { slab } of places) for (let row = 0; row < slab.batch.rows; row++) skip(slab, row);
  }

  async #read(place: Place, lane: Lane): Promise<void> {
    const { slab } = place;
    try {
      for (const step of this.#options.steps) if (step.needs(slab)) await step.prepare(slab, lane);
    } catch (thrown) {
      const error = asSidecarError(thrown);
      if (error.code === "internal") throw thrown;
      if (error.code === "credentials_rejected" || error.code === "principal_forbidden") this.#options.stop(error);
      slab.found = { ...slab.found, unread: failureOf(error) };
    }
    place.state = "ready";
    this.#goOn();
  }

  #goOn(): void {
    for (let first = this.#places[0]; first?.state === "ready"; first = this.#places[0]) {
      this.#places.shift();
      this.#options.ready(first.slab);
    }
  }
}

/** What every row fails with when the service did not answer, or refused to be asked so. */
function failureOf({ code, message, remedy }: SidecarError): RowFailure {
  if (code !== "row_rejected" && code !== "row_forbidden") return noTime;
  return { code, message: `${message} ${remedy}`, retryable: false };
}
