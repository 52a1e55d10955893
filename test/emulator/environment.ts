/** What every operation works with: tables, rows, ledger and the settings for what the service leaves uncertain. */
import type { Chance } from "./core/chance.ts";
import type { Ledger } from "./oracle/ledger.ts";
import type { Catalog } from "./rows/catalog.ts";
import type { Files } from "./rows/files.ts";
import type { Store } from "./rows/store.ts";
import type { Origin } from "./rows/transaction.ts";
import type { ValueRules } from "./rows/values.ts";

export interface Settings extends ValueRules {
  /** `https://host:port`, without a slash at the end. */
  readonly url: string;
  /** Of a lookup bound by a key that no row has. */
  readonly missingKeyStatus: 404 | 400;
  /** Of a lookup bound by the id of no row. */
  readonly missingIdStatus: 404 | 400;
  /** Whether impersonation, duplicate detection and bypasses of a `$batch` request hold for its parts, or only what a part itself says. */
  readonly batchHeaders: "part" | "inherit";
  /** Of a row that duplicate rules refuse. */
  readonly duplicateRuleStatus: 412 | 500;
  /** Of two targets of one UpsertMultiple that mean the same row. */
  readonly duplicateUpsertStatus: 400 | 412;
  /** Targets of a bulk message that hold key columns, but neither primary key nor `@odata.id`. */
  readonly keyOnlyTargets: "refuse" | "accept";
  /** How the failed targets of a bulk message to an elastic table are told: a list as JSON, or as text that holds JSON. */
  readonly bulkErrorDetails: "string" | "array";
  /** How long the index of a new alternate key takes to build. */
  readonly keyIndexMs: number;
  /** By how much a read of an elastic row may lag behind, where it does not carry the token of the row's last write. */
  readonly elasticLagMs: number;
  /** Operations in one `$batch`. */
  readonly operationsMax: number;
  /** Whether a `$batch` with bare line feeds is refused. */
  readonly crlf: "strict" | "lenient";
  /** Of a request, before and after decompression. */
  readonly bodyBytesMax: number;
  /** Whether compressed request bodies are taken. */
  readonly requestEncoding: "refuse" | "accept";
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
  readonly files: Files;
  /** Last number given out, by table and autonumber column. */
  readonly sequences: Map<string, number>;
  /** When the first row of an elastic table may expire, in milliseconds since 1970, by table. */
  readonly expiries: Map<string, number>;
}

/** An environment as one request sees it. */
export interface Session extends Environment {
  /** How many targets a bulk message has come to; what it fails at is the last of them. */
  readonly reached: { targets: number | undefined };
  readonly origin: Origin;
  /** `systemuserid` of the user in whose name it acts. */
  readonly userId: string;
  /** Of the caller, where it acts in another's name. */
  readonly callerId?: string;
  /** Whether the duplicate rules are looked at. */
  readonly detectDuplicates?: boolean;
  /** Whether plug-ins are passed over. */
  readonly bypassPlugins?: boolean;
  readonly now: string;
  /** Content-ID to the address of the row written under it, within one change set. */
  readonly references: Map<string, string>;
}

export const serviceRoot = "/api/data/v9.2/";

export function rowUrl(session: { readonly settings: Settings }, echo: string): string {
  return `${session.settings.url}${serviceRoot}${echo}`;
}
