/** The rows of one table with their indexes. It checks nothing but uniqueness. */
import type { AlternateKey, Column, Table } from "../schema/types.ts";
import { duplicateRow } from "../wire/errors.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { IdOrder } from "./id-order.ts";
import { KeyIndex } from "./key-index.ts";
import { LookupIndex } from "./lookup-index.ts";
import { PackedRows } from "./packed-rows.ts";
import type { Row } from "./row.ts";
import { stored } from "./row.ts";
import type { Stored } from "./values.ts";

export class TableRows {
  readonly table: Table;
  private readonly packed: PackedRows;
  private readonly order: IdOrder;
  private readonly keys: readonly KeyIndex[];
  /** By ordinal; only of columns that someone has asked about. */
  private readonly lookups = new Map<number, LookupIndex>();

  /** With the rows of the table as it was before, if any. Throws the service's refusal if they violate a key. */
  constructor(table: Table, before?: TableRows) {
    this.table = table;
    this.packed = before?.packed ?? new PackedRows();
    this.order = before?.order ?? new IdOrder(this.packed);
    // A key enforces nothing until its index has been built. That of an elastic table is the identity of its rows.
    this.keys = table.keys
      .filter((key) => key.status === "Active" && table.kind !== "elastic")
      .map((key) => new KeyIndex(key, this.packed));
    if (this.keys.length > 0) {
      for (const slot of this.packed.slotsInUse()) {
        const row = this.packed.row(slot);
        this.checkKeys(row, undefined);
        this.addKeys(slot, row, undefined);
      }
    }
  }

  get size(): number {
    return this.packed.size;
  }

  get(id: string): Row | undefined {
    return this.at(this.packed.slotOf(id));
  }

  /** In an order that changes with deletions only; from the `since`-th row on. */
  *all(since = 0): IterableIterator<Row> {
    let index = 0;
    for (const slot of this.packed.slotsInUse()) {
      if (index >= since) {
        yield this.packed.row(slot);
      }
      index += 1;
    }
  }

  /** Ids in the order of the primary key. */
  ids(): readonly string[] {
    return Array.from(this.order.slots(), (slot) => this.packed.idOf(slot));
  }

  /** Rows in the order of the primary key, from the first after this id on; nothing may be written meanwhile. */
  *after(id: string | undefined): IterableIterator<Row> {
    const slots = this.order.slots();
    for (let at = id === undefined ? 0 : this.order.after(id); at < slots.length; at += 1) {
      yield this.packed.row(slots[at] ?? 0);
    }
  }

  /** The row that has these key values, in the order of the key's columns. */
  find(key: AlternateKey, parts: readonly Stored[]): Row | undefined {
    return this.at(this.keys.find((index) => index.key === key)?.find(parts));
  }

  /** Rows whose lookup `column` holds this id. */
  referencing(column: Column, id: string): readonly Row[] {
    let index = this.lookups.get(column.ordinal);
    if (index === undefined) {
      index = new LookupIndex();
      for (const slot of this.packed.slotsInUse()) {
        index.add(slot, stored(this.packed.row(slot), column));
      }
      this.lookups.set(column.ordinal, index);
    }
    return index.slots(id).map((slot) => this.packed.row(slot));
  }

  /** What an effect says of the values that it gave to these columns. */
  hashOf(values: readonly Stored[], columns: readonly Column[]): string {
    return this.packed.hashOf(values, columns);
  }

  /** Puts the row in place of the one with its id, if any. Throws the service's refusal of a duplicate key. */
  put(row: Row): void {
    const slot = this.packed.slotOf(row.id);
    const before = this.at(slot);
    this.checkKeys(row, before);
    if (slot === undefined || before === undefined) {
      this.add(row);
      return;
    }
    this.removeIndexed(slot, before, row);
    this.packed.replace(slot, row);
    this.addIndexed(slot, row, before);
  }

  /** Like `put` for a row that must not be there yet. */
  insert(row: Row): void {
    if (this.packed.slotOf(row.id) !== undefined) {
      throw duplicateRow();
    }
    this.checkKeys(row, undefined);
    this.add(row);
  }

  remove(id: string): void {
    const slot = this.packed.slotOf(id);
    if (slot !== undefined) {
      this.removeIndexed(slot, this.packed.row(slot), undefined);
      this.order.remove(slot);
      this.packed.remove(slot);
    }
  }

  private at(slot: number | undefined): Row | undefined {
    return slot === undefined ? undefined : this.packed.row(slot);
  }

  private add(row: Row): void {
    const slot = this.packed.add(row);
    this.order.add(slot);
    this.addIndexed(slot, row, undefined);
  }

  private checkKeys(row: Row, before: Row | undefined): void {
    for (const index of this.keys) {
      const holder = before !== undefined && index.isSame(row, before) ? undefined : index.holderOf(row);
      if (holder !== undefined && this.packed.idOf(holder) !== row.id) {
        throw duplicateKey(this.table, index.key, row);
      }
    }
  }

  private addIndexed(slot: number, row: Row, before: Row | undefined): void {
    this.addKeys(slot, row, before);
    for (const [ordinal, index] of this.lookups) {
      index.add(slot, row.values[ordinal] ?? null);
    }
  }

  /** Keys that stay the same stay where they are. */
  private addKeys(slot: number, row: Row, before: Row | undefined): void {
    for (const index of this.keys) {
      if (before === undefined || !index.isSame(row, before)) {
        index.add(slot, row);
      }
    }
  }

  private removeIndexed(slot: number, row: Row, after: Row | undefined): void {
    for (const index of this.keys) {
      if (after === undefined || !index.isSame(after, row)) {
        index.remove(slot, row);
      }
    }
    for (const [ordinal, index] of this.lookups) {
      index.remove(slot, row.values[ordinal] ?? null);
    }
  }
}
