/**
 * State and status go together: the service takes no status of another state, and a new row begins in its table's first one. Where
 * a row is to end in another, it is written without, and its state is set by an operation of its own.
 */

import type { RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Mode } from "../request.ts";
import type { FreeField } from "../rows/body-property.ts";
import type { MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import type { WriteValue } from "../text/value.ts";
import { columnAt } from "../text/value.ts";
import { bindOptions } from "../values/options.ts";

export interface StateFields {
  /** In the operation that creates or updates the row. */
  readonly first: FreeField;
  /** In an operation of its own; absent where the first can always carry it. */
  readonly late?: FreeField;
  /** Binds a record batch: the rows that need the late one. */
  readonly isLate: (batch: RecordBatch) => (row: number) => boolean;
}

/** New rows begin in the state of the least value: 0 on every table known. */
const initial = 0;
const none = -1;

const OTHER_STATE = "a status that does not belong to the state beside it";
const NULL_STATE = "null, but a row always has one: use nulls IGNORE to leave it as it is";
const NOT_BEGUN = "a status of another state than the one that new rows begin in, which an elastic row cannot have";

/** @param mode of the operation that carries the first field: an UPSERT may be split into an INSERT and an UPDATE. */
export function stateFields(
  columns: readonly ResolvedColumn[],
  mode: Mode,
  { table, request }: MappingContext,
): StateFields | undefined {
  const state = columns.find(({ attribute }) => attribute.kind === "state");
  const status = columns.find(({ attribute }) => attribute.kind === "status");
  const named = (status ?? state)?.attribute.logicalName;
  if (named === undefined) return undefined;
  const known = state?.attribute ?? [...table.attributes.values()].find(({ kind }) => kind === "state");
  const rules = new Rules({ mode, state: known, status: status?.attribute, clears: request.nulls === "CLEAR" });
  const elastic = table.tableType === "Elastic";
  const bind = (batch: RecordBatch): Pair => new Pair({ state, status, stateName: known?.logicalName }, batch);
  const first: FreeField = {
    attribute: named,
    write: (batch) => {
      const pair = bind(batch);
      return (row, out) => {
        const flaw = pair.read(row) ?? rules.flawOf(pair);
        if (flaw !== undefined) return flaw;
        if (rules.isLate(pair)) return elastic ? NOT_BEGUN : undefined;
        return pair.write(out, rules.sendsState);
      };
    },
  };
  const late: FreeField = {
    attribute: named,
    write: (batch) => {
      const pair = bind(batch);
      return (row, out) => pair.read(row) ?? pair.write(out, true);
    },
  };
  const isLate = (batch: RecordBatch): ((row: number) => boolean) => {
    const pair = bind(batch);
    return (row) => pair.read(row) === undefined && rules.isLate(pair);
  };
  return rules.splits && !elastic ? { first, late, isLate } : { first, isLate: () => () => false };
}

interface RuleOptions {
  readonly mode: Mode;
  readonly state: Attribute | undefined;
  readonly status: Attribute | undefined;
  readonly clears: boolean;
}

class Rules {
  /** Whether some rows cannot be written in one operation. */
  readonly splits: boolean;
  readonly sendsState: boolean;
  readonly #statusWaits: boolean;
  readonly #clears: boolean;

  constructor({ mode, state, status, clears }: RuleOptions) {
    const creates = mode !== "UPDATE";
    this.splits = creates && state?.validForCreate === false;
    // An upsert's state is dropped where it creates: right for the state that a new row has anyway.
    this.sendsState = mode !== "INSERT" || !this.splits;
    this.#statusWaits = creates && status?.validForCreate === false;
    this.#clears = clears && mode !== "INSERT";
  }

  flawOf(pair: Pair): string | undefined {
    return this.#clears && pair.isEmpty ? NULL_STATE : undefined;
  }

  isLate(pair: Pair): boolean {
    if (!this.splits || pair.isEmpty) return false;
    const begins = pair.state === none || pair.state === initial;
    return !begins || (this.#statusWaits && pair.status !== none);
  }
}

interface PairColumns {
  readonly state: ResolvedColumn | undefined;
  readonly status: ResolvedColumn | undefined;
  /** The attribute that holds the state, mapped or not. */
  readonly stateName: string | undefined;
}

/** State and status of the row that was read last; a state that is not given is that of its status. */
class Pair {
  state = none;
  status = none;
  readonly #state: (row: number) => number | string;
  readonly #status: (row: number) => number | string;
  readonly #options: Attribute["options"];
  readonly #names: { readonly state: Uint8Array | undefined; readonly status: Uint8Array };

  constructor({ state, status, stateName }: PairColumns, batch: RecordBatch) {
    this.#state = bindOption(state, batch);
    this.#status = bindOption(status, batch);
    this.#options = status?.attribute.options;
    this.#names = {
      state: stateName === undefined ? undefined : Buffer.from(`,"${stateName}":`),
      status: Buffer.from(`,"${status?.attribute.logicalName}":`),
    };
  }

  get isEmpty(): boolean {
    return this.state === none && this.status === none;
  }

  /** Undefined, or what is wrong with the pair. */
  read(row: number): string | undefined {
    const given = this.#state(row);
    const status = this.#status(row);
    if (typeof given === "string") return given;
    if (typeof status === "string") return status;
    const belongs = this.#options?.get(status)?.state ?? none;
    if (given !== none && belongs !== none && given !== belongs) return OTHER_STATE;
    this.state = given === none ? belongs : given;
    this.status = status;
    return undefined;
  }

  write(out: Parameters<WriteValue>[1], withState: boolean): undefined {
    const { state, status } = this.#names;
    if (withState && this.state !== none && state !== undefined) {
      out.raw(state);
      out.integer(this.state);
    }
    if (this.status !== none) {
      out.raw(status);
      out.integer(this.status);
    }
    return undefined;
  }
}

/** The option of a row, -1 where it is null; a text says why there is none. */
function bindOption(column: ResolvedColumn | undefined, batch: RecordBatch): (row: number) => number | string {
  if (column === undefined) return () => none;
  const values = columnAt(batch, column.sources[0] ?? 0);
  const options = bindOptions(values.field.type, column.attribute, column.request.choice);
  // A column of the null type names no option.
  if (typeof options === "string") return () => none;
  const read = options(values);
  return (row) => (isNull(values, row) ? none : read(row));
}
