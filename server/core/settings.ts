/** What the operator decided, checked, with defaults filled in and files read. Times are milliseconds, sizes bytes. */
import type { Secret } from "./secret.ts";

export type AllowedMode = "insert" | "update" | "upsert" | "delete";

/** Who may call, when the server listens beyond loopback. */
export interface Caller {
  readonly name: string;
  /** Two may be valid at once, so that they can be changed without a pause. */
  readonly tokens: readonly Secret[];
  /** Names of environments; `*` for all. */
  readonly environments: readonly string[];
  readonly modes: readonly AllowedMode[];
}

export interface ListenSettings {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls?: { readonly certificatePem: string; readonly keyPem: Secret; readonly clientCaPem?: string };
  /** Empty: whoever reaches the loopback address. */
  readonly callers: readonly Caller[];
}

/** What stands in files is read anew at each call: it may be changed while the server runs. @throws SidecarError `credentials_rejected`. */
export type Credential =
  | { readonly kind: "client_secret"; readonly secret: () => Secret }
  | { readonly kind: "certificate"; readonly certificatePem: () => string; readonly keyPem: () => Secret }
  /** A token of another issuer, which the application trusts: the platform renews it in a file. */
  | { readonly kind: "federated_token"; readonly assertion: () => Secret }
  /** The identity of the Azure machine that this runs on; without an id, its own one. */
  | { readonly kind: "managed_identity"; readonly clientId?: string }
  /** A token that someone else renews in the file. */
  | { readonly kind: "access_token_file"; readonly file: string };

export interface PrincipalSettings {
  /** The application's id in its tenant; of a token file or a managed identity, whatever names it to people. */
  readonly clientId: string;
  readonly credential: Credential;
}

export interface EnvironmentSettings {
  readonly name: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Of the token endpoint: scheme, host and port. */
  readonly authorityOrigin: string;
  /** Empty when no principal asks the tenant for a token. */
  readonly tenantId: string;
  readonly caPem?: string;
  readonly principals: readonly PrincipalSettings[];
  /** Whether requests go to web servers of our choice by the cookies that the service sets. */
  readonly affinity: "auto" | "off";
  /** Table logical names; `*` stands for any text. */
  readonly tablesAllowed: readonly string[];
  readonly modesAllowed: readonly AllowedMode[];
}

export interface LimitSettings {
  readonly inflightBytesMax: number;
  readonly clientStallTimeoutMs: number;
  readonly progressTimeoutMs: number;
  readonly retryAfterMaxMs: number;
}

export interface Settings {
  readonly listen: ListenSettings;
  readonly environments: readonly EnvironmentSettings[];
  readonly limits: LimitSettings;
  readonly metrics?: { readonly host: string; readonly port: number };
}

const mib = 1 << 20;

/**
 * Bytes that rows may take in memory where the config does not say. One principal on several web servers has some 60 requests of
 * 1,000 rows on the wire, each row as a column's values and as JSON; every further principal has requests of its own.
 */
export function inflightBytesFor(principals: number): number {
  return Math.min(48 * mib + Math.max(0, principals - 1) * 16 * mib, 256 * mib);
}

/** Whether `table` may be written, by the patterns of `tables_allowed`. */
export function isTableAllowed(patterns: readonly string[], table: string): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[^a-z0-9_]/gi, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`, "i").test(table);
  });
}

/** Addresses that no other machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
