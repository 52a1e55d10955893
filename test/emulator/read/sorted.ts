/** Orders of rows that were asked for lately, so that the next page of an ordered list does not sort the table again. */
import type { Store } from "../rows/store.ts";

interface Entry {
  readonly version: number;
  readonly ids: readonly string[];
}

/** An order of millions of rows is tens of megabytes. */
const keptMax = 3;

/** Gone with their store. */
const stores = new WeakMap<Store, Map<string, Entry>>();

/** The ids that `sort` found, as long as nothing has been written since. `key` says what was asked for. */
export function sortedIds(store: Store, key: string, sort: () => readonly string[]): readonly string[] {
  const entries = stores.get(store) ?? new Map<string, Entry>();
  stores.set(store, entries);
  const known = entries.get(key);
  if (known?.version === store.version) {
    return known.ids;
  }
  const ids = sort();
  entries.delete(key);
  entries.set(key, { version: store.version, ids });
  for (const old of [...entries.keys()].slice(0, -keptMax)) {
    entries.delete(old);
  }
  return ids;
}
