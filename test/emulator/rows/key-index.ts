/** Which row has which values of an alternate key. Only hashes are kept; the rows themselves say what is equal. */
import type { AlternateKey } from "../schema/types.ts";
import type { PackedRows } from "./packed-rows.ts";
import type { Row } from "./row.ts";
import { stored } from "./row.ts";
import { roomFor, SlotTable } from "./slot-table.ts";
import { textHash } from "./text-hash.ts";
import type { Stored } from "./values.ts";
import { keyPart } from "./values.ts";

export class KeyIndex {
  readonly key: AlternateKey;
  private readonly rows: PackedRows;
  private last: { readonly row: Row | undefined; readonly text: string | undefined } = {
    row: undefined,
    text: undefined,
  };
  private hashes = new Uint32Array(0);
  private readonly slots = new SlotTable((slot) => this.hashes[slot] ?? 0);

  constructor(key: AlternateKey, rows: PackedRows) {
    this.key = key;
    this.rows = rows;
  }

  /** The slot of the row with these values, in the order of the key's columns. */
  find(parts: readonly Stored[]): number | undefined {
    return this.findText(keyText(parts));
  }

  holderOf(row: Row): number | undefined {
    return this.findText(this.textOf(row));
  }

  isSame(row: Row, other: Row): boolean {
    return this.key.columns.every((column) => {
      const [a, b] = [stored(row, column), stored(other, column)];
      return a === b && typeof a !== "object";
    });
  }

  /** A key with a null part is not covered by uniqueness. */
  add(slot: number, row: Row): void {
    const text = this.textOf(row);
    if (text !== undefined) {
      this.hashes = roomFor(this.hashes, slot + 1);
      this.hashes[slot] = textHash(text);
      this.slots.add(slot);
    }
  }

  /** `row` as it was added. */
  remove(slot: number, row: Row): void {
    if (this.textOf(row) !== undefined) {
      this.slots.remove(slot);
    }
  }

  private findText(text: string | undefined): number | undefined {
    if (text === undefined) {
      return undefined;
    }
    const hash = textHash(text);
    return this.slots.find(
      hash,
      (slot) => this.hashes[slot] === hash && keyText(this.parts(this.rows.row(slot))) === text,
    );
  }

  /** A row is looked for before it is added. */
  private textOf(row: Row): string | undefined {
    if (this.last.row !== row) {
      this.last = { row, text: keyText(this.parts(row)) };
    }
    return this.last.text;
  }

  private parts(row: Row): readonly Stored[] {
    return this.key.columns.map((column) => stored(row, column));
  }
}

/** NUL cannot occur in a stored text. */
function keyText(parts: readonly Stored[]): string | undefined {
  return parts.includes(null) ? undefined : parts.map(keyPart).join("\u0000");
}
