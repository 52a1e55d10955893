/** A copy of the elastic rows that lags behind: what a read without the token of the last write may see, for a while. */
import type { Row } from "../rows/row.ts";
import type { Table } from "../schema/types.ts";

interface Write {
  /** The row that it replaced; undefined: there was none. */
  readonly before: Row | undefined;
  readonly writtenAt: number;
  readonly version: number;
}

export class Replica {
  private readonly lagMs: number;
  /** By table and identity, the oldest first; those that have caught up are dropped when others come. */
  private readonly writes = new Map<string, readonly Write[]>();

  constructor(lagMs: number) {
    this.lagMs = lagMs;
  }

  /** A write to an elastic table: `before` is the row that it replaces. Times in milliseconds since 1970. */
  note(table: Table, id: string, before: Row | undefined, { now, version }: { now: number; version: number }): void {
    if (this.lagMs === 0) {
      return;
    }
    this.catchUp(now);
    const name = nameOf(table, id);
    const older = this.writes.get(name) ?? [];
    this.writes.delete(name);
    this.writes.set(name, [...older.filter((write) => this.isBehind(write, now)), { before, writtenAt: now, version }]);
  }

  /** The row as such a read sees it; `newest` is how it stands, and `token` what the read has of the session. */
  seen(
    table: Table,
    id: string,
    newest: Row | undefined,
    { now, token }: { now: number; token: string | undefined },
  ): Row | undefined {
    const writes = this.writes.get(nameOf(table, id)) ?? [];
    const least = versionOf(token);
    const unseen = writes.find((write) => this.isBehind(write, now) && write.version > least);
    return unseen === undefined ? newest : unseen.before;
  }

  private isBehind({ writtenAt }: Write, now: number): boolean {
    return writtenAt + this.lagMs > now;
  }

  private catchUp(now: number): void {
    for (const [name, writes] of this.writes) {
      if (writes.some((write) => this.isBehind(write, now))) {
        return;
      }
      this.writes.delete(name);
    }
  }
}

function nameOf({ name }: Table, id: string): string {
  return `${name} ${id}`;
}

/** Of the last write that the token names; -1 for what is no token of ours. */
function versionOf(token: string | undefined): number {
  return Number(/^\d+:\d+#(\d+)#/.exec(token ?? "")?.[1] ?? -1);
}
