/** The jobs that build the indexes of new keys: done when their time has come on the environment's clock. */
import type { Environment } from "../environment.ts";
import { withKeys } from "../schema/alter.ts";
import type { AlternateKey, Table } from "../schema/types.ts";
import { ServiceError } from "../wire/errors.ts";

/** `now`: milliseconds since 1970. Cheap where nothing waits: it is asked at every request. */
export function buildKeyIndexes({ catalog, store }: Pick<Environment, "catalog" | "store">, now: number): void {
  const { pendingKeys } = catalog;
  if (pendingKeys.length === 0) {
    return;
  }
  const due = pendingKeys.filter((pending) => pending.due <= now);
  for (const pending of due) {
    pendingKeys.splice(pendingKeys.indexOf(pending), 1);
    const table = catalog.find(pending.table);
    const key = table?.keys.find(({ name, status }) => name === pending.key && status === "Pending");
    if (table === undefined || key === undefined) {
      continue;
    }
    const active = withStatus(table, key, "Active");
    try {
      store.define(active);
      catalog.define(active);
    } catch (error) {
      // Rows that share a key: the index cannot be built, and the table stays as it was.
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      const failed = withStatus(table, key, "Failed");
      store.define(failed);
      catalog.define(failed);
    }
  }
}

function withStatus(table: Table, key: AlternateKey, status: AlternateKey["status"]): Table {
  return withKeys(
    table,
    table.keys.map((other) => (other === key ? { ...key, status } : other)),
  );
}
