/**
 * What a table comes to when its input is applied one row at a time by somebody who makes no mistakes and loses no reply. It knows
 * of keys and values alone, and judges by them what was told of each row.
 */
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { Mode } from "../../server/dataverse/request.ts";

/**
 * What the input has wrong, if anything; never more than one thing. `child`: a plug-in's own insert meets a duplicate key; `late`: what
 * is written after the row is made is refused.
 */
export type Defect = "none" | "key" | "value" | "astray" | "refused" | "child" | "late";

export type Side = "CREATE" | "UPDATE";

type Values = ReadonlyMap<string, unknown>;

export interface ModelRow {
  /** Names a row of the table; however it is spelt in the input. */
  readonly key: number;
  readonly defect: Defect;
  /** The one side of an upsert that the defect is on; undefined: both. */
  readonly defectOn?: Side | undefined;
  /** How its key is spelt, where another spelling makes a row of its own that the service then refuses. */
  readonly spelling?: string | undefined;
  /** By attribute what it writes; one that is left out stays. */
  readonly writes: Values;
  /** What it writes beside where it creates the row, and where it changes it. */
  readonly onlyOn: Readonly<Record<Side, Values>>;
  /** What operations of their own write after the first. */
  readonly later: Values;
}

export interface Rules {
  readonly mode: Mode;
  readonly onMissing: "ACCEPT" | "FAIL";
  /** Replies were lost: then some things cannot be told apart. */
  readonly isDoubtful: boolean;
  /** An upsert of two halves. */
  readonly splits: boolean;
  /** An upsert puts a new row in the place of the old one. */
  readonly replaces: boolean;
}

type State = Map<number, Map<string, unknown>>;

export class Model {
  readonly #rules: Rules;
  /** By key, what stands in the table; an attribute that is not there may have any value. */
  readonly rows: State;
  readonly #blocked = new Set<string>();

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
    this.#follow(row, told?.failure);
    return may;
  }

  #follow(row: ModelRow, failure: RowOutcome["failure"]): void {
    const { mode, splits } = this.#rules;
    if (failure?.retryable === true) this.#blocked.add(nameOf(row));
    // What was overwritten since is told to be there, though its later operations were refused.
    if (failure === undefined) this.#write(row, row.defect === "late" ? new Map() : row.later);
    else if (failure.code === "partly_applied") this.#write(row, new Map());
    else if (failure.code === "outcome_unknown" && splits) this.rows.set(row.key, new Map());
    // An earlier try took it away.
    else if (failure.code === "row_missing" && mode === "DELETE") this.rows.delete(row.key);
  }

  #expected(row: ModelRow): readonly string[] {
    const { key, defect, defectOn } = row;
    if (defect === "key") return ["value_not_mappable"];
    if (this.#blocked.has(nameOf(row))) return ["blocked_by_earlier_row"];
    const refused = this.#refusals(row);
    // What is wrong with values that are not sent may be found all the same.
    const isSent = defectOn === undefined || defectOn === this.#side(key);
    return isSent && refused.length > 0 ? refused : [...refused, ...this.#applied(row)];
  }

  #side(key: number): Side {
    return this.rows.has(key) ? "UPDATE" : "CREATE";
  }

  #refusals({ key, defect, spelling }: ModelRow): readonly string[] {
    const { mode, splits } = this.#rules;
    const stands = this.rows.has(key);
    const other = spelling === undefined ? [] : ["row_rejected"];
    const twin = mode === "INSERT" && stands ? ["duplicate_key_in_input", ...other] : [];
    const place = mode === "UPDATE" && !stands ? ["row_missing"] : twin;
    switch (defect) {
      case "key":
      case "value":
        return ["value_not_mappable"];
      case "astray":
        return ["lookup_missing", ...place];
      case "refused":
        return ["logic_rejected", ...place];
      case "child":
        return ["row_rejected", ...place];
      case "late":
        if (place.length > 0) return place;
        // An update takes it along.
        return mode === "UPDATE" || (splits && stands) ? ["logic_rejected"] : ["partly_applied", ...other];
      case "none":
        return place;
    }
  }

  #applied({ key, spelling }: ModelRow): readonly string[] {
    const stands = this.rows.has(key);
    switch (this.#rules.mode) {
      case "INSERT":
        // Rows of several ids have no order: the other spelling may come first.
        return spelling === undefined ? ["created"] : ["created", "row_rejected"];
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
  #inDoubt(row: ModelRow): readonly string[] {
    const { key, defect } = row;
    const { mode, onMissing, splits } = this.#rules;
    const stands = this.rows.has(key);
    if (this.#blocked.has(nameOf(row)) || defect === "key" || defect === "value") return [];
    // Refused with a code that may be of a row made meanwhile, it is sent again until a reply is lost.
    if (defect === "child" && mode !== "INSERT") return ["outcome_unknown"];
    if (defect !== "none" && mode !== "INSERT") return [];
    switch (mode) {
      // Another row of the key stands there: whether this one was ever there too, nobody can tell.
      case "INSERT":
        return stands ? ["outcome_unknown"] : [];
      case "UPDATE":
        return stands ? ["unchanged"] : [];
      case "UPSERT":
        return ["updated", "unchanged", ...(splits ? ["created", "outcome_unknown"] : [])];
      // Gone is gone.
      case "DELETE":
        return ["deleted", ...(onMissing === "ACCEPT" ? ["unchanged"] : [])];
    }
  }

  #write({ key, writes, onlyOn, defect, defectOn }: ModelRow, later: Values): void {
    const { mode, replaces } = this.#rules;
    // What an earlier try has overwritten is told to be there, whatever was wrong with it.
    if (defect !== "none" && defect !== "late" && defectOn === undefined) return;
    const before = this.rows.get(key);
    const side = onlyOn[this.#side(key)];
    if (mode === "DELETE") this.rows.delete(key);
    else this.rows.set(key, new Map([...((!replaces && before) || []), ...writes, ...side, ...later]));
  }
}

/** Rows of one name come one after the other. */
function nameOf({ key, spelling }: ModelRow): string {
  return spelling ?? String(key);
}
