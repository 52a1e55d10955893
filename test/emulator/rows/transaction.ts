/** One operation's or one change set's work: all of its effects enter the ledger, or none and the rows are as before. Only elastic tables know no way back. */
import type { Effect, Operation } from "../oracle/effect.ts";
import type { Ledger } from "../oracle/ledger.ts";
import type { Column, Table } from "../schema/types.ts";
import type { Row } from "./row.ts";
import type { Store } from "./store.ts";
import type { Stored } from "./values.ts";

export interface Assignment {
  readonly column: Column;
  readonly value: Stored;
}

/** Who did it and when, for the ledger. */
export interface Origin {
  readonly time: number;
  readonly principal: string;
  readonly server: number;
  readonly request: number;
}

export class Transaction {
  private readonly store: Store;
  private readonly ledger: Ledger;
  private readonly origin: Origin;
  private readonly keepValues: boolean;
  private readonly undo: (() => void)[] = [];
  private readonly after: (() => void)[] = [];
  private readonly effects: Omit<Effect, "sequence">[] = [];
  private readonly lasting: Omit<Effect, "sequence">[] = [];

  constructor(store: Store, ledger: Ledger, origin: Origin, keepValues: boolean) {
    this.store = store;
    this.ledger = ledger;
    this.origin = origin;
    this.keepValues = keepValues;
  }

  /** `named`: columns by which the URL named the row; an upsert that comes again does not carry them. */
  create(
    table: Table,
    { id, values }: Pick<Row, "id" | "values">,
    sent: readonly Assignment[],
    named: readonly Column[],
  ): Row {
    const rows = this.store.rows(table);
    const carried = columnsOf(sent);
    const lastHash = rows.hashOf(
      values,
      named.length === 0 ? carried : carried.filter((column) => !named.includes(column)),
    );
    const row = { id, values, version: this.store.nextVersion(), lastHash };
    rows.insert(row);
    this.noteReplica(table, row, undefined);
    this.undoBy(table, () => rows.remove(id));
    this.record("create", { table, id, sent, hash: lastHash, repeated: false });
    return row;
  }

  update(table: Table, before: Row, values: readonly Stored[], sent: readonly Assignment[]): Row {
    const rows = this.store.rows(table);
    const lastHash = rows.hashOf(values, columnsOf(sent));
    const row = { id: before.id, values, version: this.store.nextVersion(), lastHash };
    rows.put(row);
    this.noteReplica(table, row, before);
    this.undoBy(table, () => rows.put(before));
    this.record("update", { table, id: row.id, sent, hash: lastHash, repeated: lastHash === before.lastHash });
    return row;
  }

  remove(table: Table, before: Row): void {
    const rows = this.store.rows(table);
    rows.remove(before.id);
    this.noteReplica(table, { id: before.id, version: this.store.version + 1 }, before);
    this.undoBy(table, () => rows.put(before));
    this.record("delete", { table, id: before.id, sent: [], hash: "", repeated: false });
  }

  private noteReplica(table: Table, { id, version }: Pick<Row, "id" | "version">, before: Row | undefined): void {
    if (table.kind === "elastic") {
      this.store.replica.note(table, id, before, { now: this.origin.time, version });
    }
  }

  /** Done once everything is there for good: what no rollback could undo. */
  afterCommit(step: () => void): void {
    this.after.push(step);
  }

  commit(): void {
    this.append(this.effects);
    for (const step of this.after) {
      step();
    }
  }

  /** What was done to elastic tables stays: they have no transaction over several rows. */
  rollback(): void {
    for (const step of this.undo.reverse()) {
      step();
    }
    this.append(this.lasting);
  }

  private undoBy(table: Table, step: () => void): void {
    if (table.kind !== "elastic") {
      this.undo.push(step);
    }
  }

  private append(effects: readonly Omit<Effect, "sequence">[]): void {
    for (const effect of effects) {
      this.ledger.append(effect);
      if (effect.operation === "delete") {
        this.store.tombstones.record(effect.table, { id: effect.id, version: this.store.nextVersion() });
      }
    }
  }

  private record(
    operation: Operation,
    {
      table,
      id,
      sent,
      hash: text,
      repeated,
    }: { table: Table; id: string; sent: readonly Assignment[]; hash: string; repeated: boolean },
  ): void {
    const bare = { ...this.origin, operation, table: table.name, id, hash: text, repeated };
    const effect = this.keepValues ? { ...bare, values: plainValues(sent) } : bare;
    this.effects.push(effect);
    if (table.kind === "elastic") {
      this.lasting.push(effect);
    }
  }
}

function columnsOf(sent: readonly Assignment[]): readonly Column[] {
  return sent.map(({ column }) => column);
}

/** Values as JSON can show them: decimals and big integers as text. */
function plainValues(sent: readonly Assignment[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(sent.map(({ column, value }) => [column.name, plainValue(value)]));
}

export function plainValue(value: Stored): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
