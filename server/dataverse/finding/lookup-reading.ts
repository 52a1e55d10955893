/** Which rows of a record batch a lookup must be read for, and by which keys: each distinct key once, whatever the number of rows. */
import type { RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { KeyTexts } from "../keys/find-key.ts";
import { sameTexts } from "../keys/find-key.ts";
import type { FoundId } from "../keys/found.ts";
import { bindKeyTexts, bindUnaddressable, isFlaw } from "../keys/key-texts.ts";
import type { TableOf } from "../lookups/companion-table.ts";
import { bindTableNames } from "../lookups/companion-table.ts";
import type { SoughtLookup, SoughtTarget } from "../lookups/lookup-context.ts";
import { notMappable } from "../rows/row-encoder.ts";
import { columnAt } from "../text/value.ts";

/** The keys of one of a lookup's tables. */
export class LookupQuestion {
  readonly target: SoughtTarget;
  /** By a name that is the same for two keys that surely are one row. */
  readonly keys = new Map<string, KeyTexts>();
  /** By name. */
  readonly #numbers = new Map<string, number>();
  /** By the texts as they are, which are told apart faster than names are made. */
  readonly #spellings = new Map<string, number>();
  /** Rows that ask, and beside each the number of its key. */
  readonly #rows: number[] = [];
  readonly #asked: number[] = [];

  constructor(target: SoughtTarget) {
    this.target = target;
  }

  add(row: number, key: KeyTexts): void {
    const spelling = key.join("\0");
    const number = this.#spellings.get(spelling) ?? this.#spell(spelling, key);
    this.#rows.push(row);
    this.#asked.push(number);
  }

  #spell(spelling: string, key: KeyTexts): number {
    const name = sameTexts(this.target.by, key).join("\0");
    const number = this.#numbers.get(name) ?? this.keys.size;
    if (number === this.keys.size) {
      this.#numbers.set(name, number);
      this.keys.set(name, key);
    }
    this.#spellings.set(spelling, number);
    return number;
  }

  /** @param found by the names of `keys`. */
  answer(found: ReadonlyMap<string, FoundId>, ids: (FoundId | undefined)[]): void {
    const byNumber = Array.from(this.keys.keys(), (name) => found.get(name));
    for (const [i, row] of this.#rows.entries()) ids[row] = byNumber[this.#asked[i] ?? -1];
  }
}

export interface LookupReading {
  /** By row: why the row names none. What must be read is undefined still. */
  readonly ids: (FoundId | undefined)[];
  readonly questions: readonly LookupQuestion[];
}

/** Cheap: it looks at no key alone. */
export function needsReading({ targets }: SoughtLookup, batch: RecordBatch): boolean {
  return targets.some((target) => wantedOf(target, batch) !== undefined);
}

export function lookupReading(lookup: SoughtLookup, batch: RecordBatch): LookupReading {
  const ids = new Array<FoundId | undefined>(batch.rows).fill(undefined);
  const columns = lookup.sources.map((source) => columnAt(batch, source));
  const tableOf = bindTable(lookup, batch);
  const readers = lookup.targets.map((target) => bindReader(target, lookup.attribute.logicalName, batch));
  for (let row = 0; row < batch.rows; row++) {
    const at = columns.every((column) => isNull(column, row)) ? undefined : tableOf(row);
    // A row without a table that is known fails when it is written.
    if (typeof at === "number") ids[row] = readers[at]?.ask(row);
  }
  return { ids, questions: readers.flatMap(({ question }) => (question.keys.size > 0 ? question : [])) };
}

interface Reader {
  readonly question: LookupQuestion;
  /** A failure is why the row names none. */
  readonly ask: (row: number) => RowFailure | undefined;
}

function bindReader(target: SoughtTarget, column: string, batch: RecordBatch): Reader {
  const question = new LookupQuestion(target);
  const wanted = wantedOf(target, batch);
  if (wanted === undefined) return { question, ask: () => undefined };
  const keyOf = bindKeyTexts(target.parts, batch);
  const refer = `a reference to ${target.table.logicalName} whose`;
  const ask = (row: number): RowFailure | undefined => {
    if (!wanted(row)) return undefined;
    const key = keyOf(row);
    if (isFlaw(key)) return notMappable({ column, is: `${refer} ${key.column} is ${key.is}` });
    question.add(row, key);
    return undefined;
  };
  return { question, ask };
}

function bindTable({ tableFrom, targets }: SoughtLookup, batch: RecordBatch): TableOf {
  return tableFrom === undefined ? () => 0 : bindTableNames(targets, columnAt(batch, tableFrom));
}

/** The rows whose key must be read; undefined when there can be none. */
function wantedOf({ kind, parts }: SoughtTarget, batch: RecordBatch): ((row: number) => boolean) | undefined {
  switch (kind) {
    case "primary":
      return undefined;
    case "alternate":
      return bindUnaddressable(parts, batch);
    case "business":
      return () => true;
  }
}
