/** Which row a claim, a stored row or an effect is about, as one text. */
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import { plainValue } from "../rows/transaction.ts";
import type { Column, Table } from "../schema/types.ts";
import { ClaimsError } from "./claims.ts";
import { normalForm } from "./same-value.ts";

export class Keys {
  readonly columns: readonly Column[];
  private readonly byId: boolean;

  /** Throws a ClaimsError for an unknown column. */
  constructor(table: Table, names: readonly string[] | undefined) {
    this.columns = names?.map((name) => columnOf(table, name)) ?? [table.primaryId];
    this.byId = this.columns.length === 1 && this.columns[0] === table.primaryId;
  }

  /** Compared as the service compares keys: without case and trailing blanks. */
  text(values: readonly unknown[]): string {
    return JSON.stringify(
      this.columns.map((column, index) => normalForm(column, values[index])?.toLowerCase().trimEnd() ?? null),
    );
  }

  values(row: Row): readonly unknown[] {
    return this.byId ? [row.id] : this.columns.map((column) => plainValue(stored(row, column)));
  }

  /** Undefined where an effect does not carry the whole key. */
  carried(id: string, values: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
    if (this.byId) {
      return [id];
    }
    return this.columns.every(({ name }) => name in values) ? this.columns.map(({ name }) => values[name]) : undefined;
  }
}

export function columnOf(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    throw new ClaimsError(`Table ${table.name} has no column ${name}.`);
  }
  return column;
}
