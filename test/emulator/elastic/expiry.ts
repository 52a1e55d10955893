/** Elastic rows live for `ttlinseconds` after their last write. What has expired is taken away before anybody looks. */
import type { Environment, Session } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";

/** Remembers when the first row of the table may be due, so that nobody has to look before. */
export function noteExpiry(session: Session, table: Table, values: readonly Stored[]): void {
  const column = table.kind === "elastic" ? table.byName.get("ttlinseconds") : undefined;
  const seconds = column === undefined ? null : (values[column.ordinal] ?? null);
  if (typeof seconds === "number") {
    note(session, table, session.origin.time + seconds * 1000);
  }
}

/** Not in the ledger: no request did it. `now`: milliseconds since 1970. */
export function expireRows(environment: Environment, table: Table, now: number): void {
  if ((environment.expiries.get(table.name) ?? Number.POSITIVE_INFINITY) > now) {
    return;
  }
  environment.expiries.delete(table.name);
  const rows = environment.store.rows(table);
  for (const row of [...rows.all()]) {
    const due = dueOf(table, row);
    if (due <= now) {
      rows.remove(row.id);
    } else if (due < Number.POSITIVE_INFINITY) {
      note(environment, table, due);
    }
  }
}

function note({ expiries }: Environment, { name }: Table, due: number): void {
  expiries.set(name, Math.min(due, expiries.get(name) ?? due));
}

/** Milliseconds since 1970. */
function dueOf(table: Table, row: Row): number {
  const [ttl, modified] = ["ttlinseconds", "modifiedon"].map((name) => {
    const column = table.byName.get(name);
    return column === undefined ? null : stored(row, column);
  });
  return typeof ttl === "number" && typeof modified === "string"
    ? Date.parse(modified) + ttl * 1000
    : Number.POSITIVE_INFINITY;
}
