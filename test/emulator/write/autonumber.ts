/** Numbers that the service gives to rows: a counter for every column, which a rollback does not turn back. */
import type { Session } from "../environment.ts";
import type { Stored } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";

/** The service's counters begin here. */
const firstNumber = 1000;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Fills the columns that the caller left empty. */
export function giveNumbers(session: Session, table: Table, columns: readonly Column[], values: Stored[]): void {
  for (const column of columns) {
    if ((values[column.ordinal] ?? null) === null) {
      values[column.ordinal] = nextNumber(session, table, column);
    }
  }
}

function nextNumber(session: Session, table: Table, column: Column): string {
  const sequence = `${table.name}.${column.name}`;
  const number = (session.sequences.get(sequence) ?? firstNumber - 1) + 1;
  session.sequences.set(sequence, number);
  return column.autoNumber.replace(/\{(\w+):([^}]*)\}/g, (whole, kind: string, form: string) => {
    switch (kind) {
      case "SEQNUM":
        return String(number).padStart(Number(form), "0");
      case "RANDSTRING":
        return Array.from({ length: Math.min(6, Number(form)) }, () => letter(session)).join("");
      case "DATETIMEUTC":
        return dateText(session.now, form);
      default:
        return whole;
    }
  });
}

function letter(session: Session): string {
  return letters[Math.floor(session.chance.next() * letters.length)] ?? "A";
}

/** `now` is `YYYY-MM-DDThh:mm:ssZ`. */
function dateText(now: string, form: string): string {
  return form
    .replace("yyyy", now.slice(0, 4))
    .replace("MM", now.slice(5, 7))
    .replace("dd", now.slice(8, 10))
    .replace("HH", now.slice(11, 13))
    .replace("hh", now.slice(11, 13))
    .replace("mm", now.slice(14, 16))
    .replace("ss", now.slice(17, 19));
}
