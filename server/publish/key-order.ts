/**
 * Order per key: of the rows that are one row in Dataverse, one is under way at a time and the others wait in input order. When
 * one fails in a way that a replay may mend, those after it fail too: applying them now would let the replay put an older
 * value over them.
 */
import { KeySet, keysMax } from "./key-set.ts";

export type Claim = "granted" | "held" | "blocked";

const nobody: readonly never[] = [];

export class KeyOrder<T> {
  /** Key -> those waiting behind the one under way. Bounded by the rows in memory, which hold permits. */
  readonly #busy = new Map<number, T[] | typeof nobody>();
  readonly #blocked = new KeySet();
  #allBlocked = false;

  /** Rows that wait behind another. */
  held = 0;

  /** Asks for the key on behalf of `row`; when held, `row` comes back from `release`. */
  claim(key: number, row: T): Claim {
    if (this.#allBlocked || (this.#blocked.size > 0 && this.#blocked.has(key))) return "blocked";
    const waiting = this.#busy.get(key);
    if (waiting === undefined) {
      this.#busy.set(key, nobody);
      return "granted";
    }
    if (waiting.length === 0) this.#busy.set(key, [row]);
    else (waiting as T[]).push(row);
    this.held += 1;
    return "held";
  }

  /** The row under way has settled: hands the key to the next one, if any, who holds it from now on. */
  release(key: number): T | undefined {
    const waiting = this.#busy.get(key);
    if (waiting === undefined || waiting.length === 0) {
      this.#busy.delete(key);
      return undefined;
    }
    this.held -= 1;
    return (waiting as T[]).shift();
  }

  /** The row under way failed retryable: all that wait, and all that come, are blocked. Returns those that waited. */
  block(key: number): readonly T[] {
    const waiting = this.#busy.get(key) ?? nobody;
    this.#busy.delete(key);
    // Past the bound every key counts as blocked: rows that need not have failed can be replayed, and nothing lands out of order.
    if (this.#blocked.size < keysMax) this.#blocked.add(key);
    else this.#allBlocked = true;
    this.held -= waiting.length;
    return waiting;
  }

  /** Takes out every row that waits. */
  drain(): T[] {
    const rows = [...this.#busy.values()].flatMap((waiting) => [...waiting]);
    for (const key of this.#busy.keys()) this.#busy.set(key, nobody);
    this.held = 0;
    return rows;
  }
}
