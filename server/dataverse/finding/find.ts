/**
 * Finds rows by the values of a key, many keys in a query. What is equal is the service's to say: no query holds two keys that it
 * may take for one, and a row that cannot be told to be whose sends its query's keys out again one by one.
 */
import type { KeyAttribute, KeyTexts } from "../keys/find-key.ts";
import { equals, foldedKey, keyProperty, listed, sameTexts } from "../keys/find-key.ts";
import type { Table } from "../metadata/tables.ts";
import type { JsonObject } from "../wire/operation.ts";
import { asObject, parseObject } from "../wire/operation.ts";
import { servicePath } from "../wire/part.ts";

export interface FindBy {
  readonly table: Pick<Table, "entitySetName" | "primaryId">;
  /** Together they name a row. */
  readonly by: readonly KeyAttribute[];
  /** Properties to read beside the key and the primary key. */
  readonly select: readonly string[];
}

export interface FindQuery {
  /** Relative to the host, encoded. */
  readonly path: string;
  /** Indexes of the keys that it asks for. */
  readonly keys: readonly number[];
}

/** Half of what a plain request may have, a quarter of what is allowed within a `$batch`. */
const urlBytesMax = 16_384;
/** The service takes 500 conditions in a query. */
const conditionsMax = 400;
/** In is one condition, but each of its values a parameter of the database, which takes 2,100. */
const valuesMax = 1000;
/** More rows than one are as good as two: the key is ambiguous. */
const rowsKept = 2;

/** The search for the rows of a list of keys. */
export class Search {
  readonly #by: FindBy;
  readonly #keys: readonly KeyTexts[];
  readonly #folds: readonly string[];
  /** By key: the first key that is the same. */
  readonly #first: readonly number[];
  readonly #rows: JsonObject[][];
  /** Keys to ask for: side by side, or each in a query of its own. */
  #together: readonly number[];
  #alone: readonly number[] = [];

  constructor(by: FindBy, keys: readonly KeyTexts[]) {
    this.#by = by;
    this.#keys = keys;
    this.#folds = keys.map((key) => foldedKey(by.by, key));
    const firsts = new Map<string, number>();
    this.#first = keys.map((key, i) => {
      const same = sameTexts(by.by, key).join("\0");
      const first = firsts.get(same) ?? i;
      firsts.set(same, first);
      return first;
    });
    this.#rows = keys.map(() => []);
    this.#together = this.#first.filter((first, i) => first === i);
  }

  /** The next queries; none when every key has its rows. Each must be answered by `read`. */
  next(most: number): readonly FindQuery[] {
    const alone = this.#alone.slice(0, most).map((key) => this.#queryAlone(key));
    this.#alone = this.#alone.slice(most);
    const queries = [...alone];
    while (queries.length < most && this.#together.length > 0) queries.push(this.#queryTogether());
    return queries;
  }

  /**
   * @param body of a reply of status 200.
   * @returns false if it is no list of rows.
   */
  read(query: FindQuery, body: string): boolean {
    const answer = parseObject(body);
    const list = answer?.["value"];
    if (!Array.isArray(list)) return false;
    const rows = list.map((row) => asObject(row) ?? {});
    const [only] = query.keys;
    if (query.keys.length === 1 && only !== undefined) this.#rows[only] = rows.slice(0, rowsKept);
    else this.#match(query.keys, rows, answer?.["@odata.nextLink"] !== undefined);
    return true;
  }

  /** By key: its rows, two at most. */
  get rows(): readonly (readonly JsonObject[])[] {
    return this.#first.map((first) => this.#rows[first] ?? []);
  }

  #match(keys: readonly number[], rows: readonly JsonObject[], more: boolean): void {
    const byFold = new Map(keys.map((key) => [this.#folds[key], key]));
    let strange = false;
    for (const row of rows) {
      const key = byFold.get(foldedKey(this.#by.by, textsOf(this.#by.by, row)));
      if (key === undefined) strange = true;
      else if ((this.#rows[key]?.length ?? 0) < rowsKept) this.#rows[key]?.push(row);
    }
    // It may be the second row of a key that has one.
    if (strange) this.#askAlone(keys.filter((key) => (this.#rows[key]?.length ?? 0) < rowsKept));
    else if (more) this.#askAgain(keys);
  }

  /** The page was full: keys that are ambiguous already make room for the others. */
  #askAgain(keys: readonly number[]): void {
    const open = keys.filter((key) => (this.#rows[key]?.length ?? 0) < rowsKept);
    for (const key of open) this.#rows[key] = [];
    if (open.length < keys.length) this.#together = [...this.#together, ...open];
    else this.#askAlone(open);
  }

  #askAlone(keys: readonly number[]): void {
    this.#alone = [...this.#alone, ...keys];
  }

  #queryAlone(key: number): FindQuery {
    const filter = encodeURIComponent(equals(this.#by.by, this.#keys[key] ?? []));
    return { path: `${this.#path(filter)}&$top=${rowsKept}`, keys: [key] };
  }

  /** Takes as many keys as fit; one whose equal is among them waits for the next query. */
  #queryTogether(): FindQuery {
    const filter = new Filter(this.#by.by);
    const folds = new Set<string>();
    const keys: number[] = [];
    const later: number[] = [];
    let at = 0;
    for (; at < this.#together.length; at++) {
      const key = this.#together[at] ?? 0;
      const fold = this.#folds[key] ?? "";
      if (folds.has(fold)) later.push(key);
      else if (!filter.add(this.#keys[key] ?? [])) break;
      else {
        folds.add(fold);
        keys.push(key);
      }
    }
    this.#together = [...later, ...this.#together.slice(at)];
    return { path: this.#path(filter.encoded()), keys };
  }

  #path(filter: string): string {
    const { table, by, select } = this.#by;
    const columns = new Set([table.primaryId, ...by.map(keyProperty), ...select]);
    return `${servicePath}${table.entitySetName}?$select=${[...columns].join(",")}&$filter=${filter}`;
  }
}

/** The row's own values, as the keys have theirs. */
function textsOf(by: readonly KeyAttribute[], row: JsonObject): KeyTexts {
  return by.map((attribute) => String(row[keyProperty(attribute)] ?? ""));
}

/** A filter that grows key by key, within what a query may hold. */
class Filter {
  readonly #by: readonly KeyAttribute[];
  readonly #values: string[] = [];
  readonly #conditions: string[] = [];
  #bytes = 0;

  constructor(by: readonly KeyAttribute[]) {
    this.#by = by;
  }

  /** False when it is full; the first key always has room. */
  add(key: KeyTexts): boolean {
    const [only] = this.#by;
    const value = this.#by.length === 1 && only !== undefined ? listed(only, key[0] ?? "") : undefined;
    const text = value === undefined ? `(${equals(this.#by, key)}) or ` : `${value},`;
    const bytes = encodeURIComponent(text).length;
    const isFull =
      this.#bytes + bytes > urlBytesMax ||
      this.#values.length >= valuesMax ||
      (this.#conditions.length + 1) * this.#by.length >= conditionsMax;
    if (isFull && this.#bytes > 0) return false;
    this.#bytes += bytes;
    if (value === undefined) this.#conditions.push(`(${equals(this.#by, key)})`);
    else this.#values.push(value);
    return true;
  }

  encoded(): string {
    const [only] = this.#by;
    const within =
      only === undefined || this.#values.length === 0
        ? []
        : [`Microsoft.Dynamics.CRM.In(PropertyName='${only.logicalName}',PropertyValues=[${this.#values.join(",")}])`];
    return encodeURIComponent([...within, ...this.#conditions].join(" or "));
  }
}
