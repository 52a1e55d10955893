/**
 * Finds the rows of a record batch by keys that no URL can name. A row that an UPSERT does not find gets an id from its key, so that
 * it is created once however many streams look for it.
 */
import type { RowFailure } from "../../core/outcome.ts";
import type { Finding } from "../../dataverse/finding/finding.ts";
import { equalTexts } from "../../dataverse/finding/letters.ts";
import type { KeyTexts } from "../../dataverse/keys/find-key.ts";
import { foldedKey } from "../../dataverse/keys/find-key.ts";
import type { FoundId } from "../../dataverse/keys/found.ts";
import { isFlaw } from "../../dataverse/keys/key-texts.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import { notMappable } from "../../dataverse/rows/row-encoder.ts";
import type { JsonObject } from "../../dataverse/wire/operation.ts";
import { asGuid } from "../../dataverse/wire/operation.ts";
import type { Lane } from "../../schedule/lane.ts";
import { mintKeyId } from "../identity/key-identity.ts";
import type { Slab } from "../rows/ledger.ts";
import { noTime } from "../rows/settlement.ts";
import type { Finder } from "./finder.ts";
import { Letters } from "./letters.ts";
import type { PreparationStep } from "./preparation.ts";

/** About what one request asks for; other work comes in between. */
const rowsAtOnce = 5000;
/** The newest keys that got ids, some megabytes: rows of older ones have been created, and are found. */
const keysRemembered = 32_768;

const ambiguous: RowFailure = {
  code: "key_ambiguous",
  message: "More than one row in Dataverse has this key. Remove the others, or match on a key that is unique.",
  retryable: false,
};

const missing: RowFailure = {
  code: "row_missing",
  message: "No row in Dataverse has this key. Publish it with mode upsert, or leave it out.",
  retryable: false,
};

const alike: RowFailure = {
  code: "key_ambiguous",
  message:
    "An earlier row's key differs from this one only in accents or forms of letters, and neither was in Dataverse. Replay the row: whether the two are one is then known.",
  retryable: true,
};

export interface KeyStepOptions {
  readonly mapping: Mapping;
  readonly finding: Finding;
  readonly finder: Finder;
  /** Keys that got ids; 32,768 where absent. */
  readonly remembers?: number;
}

/** A key that got an id. */
interface Made {
  readonly id: string;
  /** The service was asked about every letter of it. */
  readonly isSure: boolean;
}

export class KeyStep implements PreparationStep {
  readonly #options: KeyStepOptions;
  readonly #letters: Letters;
  /** By folded key, the last one that got an id: keys of different searches may be one row too. */
  readonly #made = new Map<string, Made>();

  constructor(options: KeyStepOptions) {
    this.#options = options;
    this.#letters = new Letters(options.finder);
  }

  needs({ batch }: Slab): boolean {
    return this.#options.finding.wanted(batch) !== undefined;
  }

  async prepare(slab: Slab, lane: Lane): Promise<void> {
    const wanted = this.#options.finding.wanted(slab.batch);
    const { rows } = slab.batch;
    const ids = new Array<FoundId | undefined>(rows).fill(undefined);
    const looked = Array.from({ length: rows }, (_, row) => row).filter((row) => wanted?.(row));
    slab.found = { ...slab.found, ids, absent: new Set() };
    for (let at = 0; at < looked.length; at += rowsAtOnce) {
      await this.find(slab, looked.slice(at, at + rowsAtOnce), lane);
    }
  }

  /** Looks for some rows of a record batch, for the first time or again, and notes in `slab.found` what there is. */
  async find(slab: Slab, rows: readonly number[], lane: Lane): Promise<void> {
    const { finding, finder, mapping } = this.#options;
    const read = finding.keys(slab.batch);
    const keys: KeyTexts[] = [];
    const keyed: number[] = [];
    for (const row of rows) {
      const key = read(row);
      if (isFlaw(key)) note(slab, row, notMappable(key));
      else {
        keys.push(key);
        keyed.push(row);
      }
    }
    const found = await finder.find({ table: mapping.table, by: finding.by, select: [] }, keys, lane);
    const absent = mapping.request.mode === "UPSERT" ? keys.filter((_, i) => found[i]?.length === 0) : [];
    await this.#letters.learn(finding.by, absent, lane);
    for (const [i, row] of keyed.entries()) {
      const [first, second] = found[i] ?? [];
      if (second !== undefined) note(slab, row, ambiguous);
      else if (first !== undefined) note(slab, row, this.#idOf(first));
      else if (mapping.request.mode !== "UPSERT") note(slab, row, missing);
      else note(slab, row, this.#make(keys[i] ?? []), true);
    }
  }

  #idOf(row: JsonObject): FoundId {
    return asGuid(row[this.#options.mapping.table.primaryId]) ?? noTime;
  }

  #make(key: KeyTexts): FoundId {
    const { table } = this.#options.mapping;
    const { by } = this.#options.finding;
    const names = by.map(({ logicalName }) => logicalName);
    const id = mintKeyId(table.logicalName, names, equalTexts(by, key, this.#letters.isOther));
    const isSure = this.#letters.knows(by, key);
    const fold = foldedKey(by, key);
    const other = this.#made.get(fold);
    const isAlike = other !== undefined && other.id !== id && !(isSure && other.isSure);
    this.#remember(fold, isAlike ? other : { id, isSure });
    return isAlike ? alike : id;
  }

  #remember(fold: string, made: Made): void {
    const { remembers = keysRemembered } = this.#options;
    // Deleted first: a Map keeps insertion order, and the oldest is given up.
    this.#made.delete(fold);
    this.#made.set(fold, made);
    const [oldest] = this.#made.keys();
    if (this.#made.size > remembers && oldest !== undefined) this.#made.delete(oldest);
  }
}

function note({ found }: Slab, row: number, id: FoundId, isAbsent = false): void {
  if (found.ids !== undefined) found.ids[row] = id;
  if (isAbsent) found.absent?.add(row);
  else found.absent?.delete(row);
}
