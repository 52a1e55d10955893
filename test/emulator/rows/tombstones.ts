/** What was deleted, for those who ask for changes. The oldest are forgotten: who has not asked since then must read everything anew. */

export interface Tombstone {
  readonly id: string;
  /** Of the deletion, among the versions of all writes. */
  readonly version: number;
}

/** Of each table; about 10 MB. */
const keptMax = 100_000;

export class Tombstones {
  private readonly kept = new Map<string, Tombstone[]>();
  /** Version of the last one that each table forgot. */
  private readonly forgotten = new Map<string, number>();

  record(table: string, tombstone: Tombstone): void {
    const all = this.kept.get(table) ?? [];
    this.kept.set(table, all);
    all.push(tombstone);
    // Half at a time, so that forgetting costs nothing on the way.
    if (all.length > keptMax) {
      this.forgotten.set(table, all.splice(0, keptMax / 2).at(-1)?.version ?? 0);
    }
  }

  /** Deletions after a version, oldest first; undefined if some of them are forgotten. */
  since(table: string, version: number): readonly Tombstone[] | undefined {
    if (version < (this.forgotten.get(table) ?? 0)) {
      return undefined;
    }
    return (this.kept.get(table) ?? []).filter((tombstone) => tombstone.version > version);
  }
}
