/**
 * What a table comes to when its input is applied one row at a time by somebody who makes no mistakes and loses no reply. It knows
 * of keys and values alone, and judges by them what was told of each row.
 */
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Mode } from "../../server/dataverse/request.ts";

/** What the input has wrong, if anything; never more than one thing. */
export type Defect = "none" | "key" | "value" | "astray" | "refused";

export interface ModelRow {
  /** Names a row of the table; however it is spelt in the input. */
  readonly key: number;
  readonly defect: Defect;
  /** By attribute what it writes; one that is left out stays. */
  readonly writes: ReadonlyMap<string, unknown>;
}

export interface Rules {
  readonly mode: Mode;
  readonly onMissing: "ACCEPT" | "FAIL";
  /** Replies were lost: then some things cannot be told apart. */
  readonly isDoubtful: boolean;
}

type State = Map<number, Map<string, unknown>>;

export class Model {
  readonly #rules: Rules;
  /** By key, what stands in the table. */
  readonly rows: State;
  readonly #blocked = new Set<number>();

  /** @param keys those that stand there before. */
  constructor(rules: Rules, keys: readonly number[]) {
    this.#rules = rules;
    this.rows = new Map(keys.map((key) => [key, new Map()]));
  }

  /** Applies a row. @returns what may be told of it: codes of failures, or kinds. */
  apply(row: ModelRow, told: RowOutcome | undefined): readonly string[] {
    const expected = this.#expected(row);
    const may = this.#rules.isDoubtful ? [...expected, ...this.#inDoubt(row)] : expected;
    // Where the service may say one thing or another, what follows depends on which it was.
    if (told?.failure?.retryable === true) this.#blocked.add(row.key);
    else if (told?.failure === undefined) this.#write(row);
    return may;
  }

  #expected({ key, defect }: ModelRow): readonly string[] {
    if (defect === "key") return ["value_not_mappable"];
    if (this.#blocked.has(key)) return ["blocked_by_earlier_row"];
    if (defect === "value") return ["value_not_mappable"];
    const twin = this.#rules.mode === "INSERT" && this.rows.has(key) ? ["duplicate_key_in_input"] : [];
    const missing = this.#rules.mode === "UPDATE" && !this.rows.has(key) ? ["row_missing"] : [];
    if (defect === "astray") return ["lookup_missing", ...twin, ...missing];
    if (defect === "refused") return ["logic_rejected", ...twin, ...missing];
    return [...twin, ...missing].length > 0 ? [...twin, ...missing] : this.#applied(key);
  }

  #applied(key: number): readonly string[] {
    const stands = this.rows.has(key);
    switch (this.#rules.mode) {
      case "INSERT":
        return ["created"];
      case "UPDATE":
        return ["updated"];
      case "UPSERT":
        return stands ? ["upserted", "updated"] : ["upserted", "created"];
      case "DELETE":
        if (stands) return ["deleted"];
        return [this.#rules.onMissing === "ACCEPT" ? "unchanged" : "row_missing"];
    }
  }

  /** What else may be told after an attempt of which nobody knows what came of it. */
  #inDoubt({ key, defect }: ModelRow): readonly string[] {
    const stands = this.rows.has(key);
    if (this.#blocked.has(key) || defect === "key" || defect === "value") return [];
    if (defect !== "none" && this.#rules.mode !== "INSERT") return [];
    switch (this.#rules.mode) {
      // Another row of the key stands there: whether this one was ever there too, nobody can tell.
      case "INSERT":
        return stands ? ["outcome_unknown"] : [];
      case "UPDATE":
        return stands ? ["unchanged"] : [];
      case "UPSERT":
        return ["updated", "unchanged"];
      // Gone is gone.
      case "DELETE":
        return ["deleted", ...(this.#rules.onMissing === "ACCEPT" ? ["unchanged"] : [])];
    }
  }

  #write({ key, writes }: ModelRow): void {
    const { mode } = this.#rules;
    if (mode === "DELETE") this.rows.delete(key);
    else this.rows.set(key, new Map([...(this.rows.get(key) ?? []), ...writes]));
  }
}
