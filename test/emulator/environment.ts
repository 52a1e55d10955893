/** What every operation works with: tables, rows, ledger and the settings for what the service leaves uncertain. */

import type { Chance } from "./core/chance.ts";
import type { Ledger } from "./oracle/ledger.ts";
import type { Catalog } from "./rows/catalog.ts";
import type { Store } from "./rows/store.ts";
import type { Origin } from "./rows/transaction.ts";
import type { ValueRules } from "./rows/values.ts";

export interface Settings extends ValueRules {
  /** `https://host:port`, without a slash at the end. */
  readonly url: string;
  /** Of a lookup bound by a key that no row has. */
  readonly missingKeyStatus: 404 | 400;
  /** Operations in one `$batch`. */
  readonly operationsMax: number;
  /** Whether a `$batch` with bare line feeds is refused. */
  readonly crlf: "strict" | "lenient";
  /** Whether the ledger keeps the values of each effect. */
  readonly keepValues: boolean;
}

/** Replaced as a whole by a reset. */
export interface Environment {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly chance: Chance;
  readonly store: Store;
  readonly ledger: Ledger;
}

/** An environment as one request sees it. */
export interface Session extends Environment {
  readonly origin: Origin;
  /** `systemuserid` of the caller. */
  readonly userId: string;
  readonly now: string;
  /** Content-ID to the address of the row written under it, within one change set. */
  readonly references: Map<string, string>;
}

export const serviceRoot = "/api/data/v9.2/";

export function rowUrl(session: { readonly settings: Settings }, echo: string): string {
  return `${session.settings.url}${serviceRoot}${echo}`;
}
