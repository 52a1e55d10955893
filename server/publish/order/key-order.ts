/**
 * Order per key: of the rows that are one row in Dataverse, one is under way at a time and the others wait in input order. When
 * one fails in a way that a replay may mend, those after it fail too: applying them now would let the replay put an older
 * value over them.
 */
import { KeySet, keysMax } from "./key-set.ts";

export type Claim = "granted" | "held" | "blocked";

export class KeyOrder<T> {
  /** Keys of which a row is under way. Bounded by the rows in memory, which hold permits. */
  readonly #busy = new KeySet();
  /** Those behind it, where there are any. */
  readonly #waiting = new Map<number, T[]>();
  readonly #blocked = new KeySet();
  #allBlocked = false;

  /** Rows that wait behind another. */
  held = 0;

  /** Asks for the key on behalf of `row`; when held, `row` comes back from `release`. */
  claim(key: number, row: T): Claim {
    if (this.#allBlocked || (this.#blocked.size > 0 && this.#blocked.has(key))) return "blocked";
    if (this.#busy.add(key)) return "granted";
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, [row]);
    else waiting.push(row);
    this.held += 1;
    return "held";
  }

  /** Those that wait behind the row under way, in input order. */
  behind(key: number): readonly T[] {
    return this.#waiting.get(key) ?? [];
  }

  /** The row under way has settled: hands the key to the next one, if any, who holds it from now on. */
  release(key: number): T | undefined {
    const waiting = this.held === 0 ? undefined : this.#waiting.get(key);
    if (waiting === undefined) {
      this.#busy.delete(key);
      return undefined;
    }
    if (waiting.length === 1) this.#waiting.delete(key);
    this.held -= 1;
    return waiting.shift();
  }

  /** The row under way failed retryable: all that wait, and all that come, are blocked. Returns those that waited. */
  block(key: number): readonly T[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    this.#busy.delete(key);
    // Past the bound every key counts as blocked: rows that need not have failed can be replayed, and nothing lands out of order.
    if (this.#blocked.size < keysMax) this.#blocked.add(key);
    else this.#allBlocked = true;
    this.held -= waiting.length;
    return waiting;
  }

  /** Takes out every row that waits, in no particular order. */
  drain(): T[] {
    const rows = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.held = 0;
    return rows;
  }
}
