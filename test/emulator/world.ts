/** The state of a running environment: principals, tokens, faults, limits, and what a reset replaces. No time but its clock's, no chance but its seed's. */
import type { Chance } from "./core/chance.ts";
import { seededChance } from "./core/chance.ts";
import type { Clock } from "./core/clock.ts";
import { systemClock } from "./core/clock.ts";
import { expireRows } from "./elastic/expiry.ts";
import type { Environment, Session, Settings } from "./environment.ts";
import { Elsewhere } from "./faults/elsewhere.ts";
import { Faults } from "./faults/faults.ts";
import { Network } from "./faults/network.ts";
import type { Machine } from "./identity/instance-metadata.ts";
import type { Principal, SigningCertificates } from "./identity/principals.ts";
import { makePrincipals, tenantId } from "./identity/principals.ts";
import { Tokens } from "./identity/tokens.ts";
import type { EntitlementCounts } from "./limits/entitlement.ts";
import type { ProtectionOptions } from "./limits/protection.ts";
import { Protection } from "./limits/protection.ts";
import { buildKeyIndexes } from "./metadata/key-index.ts";
import { readClaims } from "./oracle/claims.ts";
import type { Counts } from "./oracle/counts.ts";
import { countAll, plainRows } from "./oracle/counts.ts";
import type { RequestRecord } from "./oracle/ledger.ts";
import { Ledger } from "./oracle/ledger.ts";
import type { Report } from "./oracle/report.ts";
import { reportOn } from "./oracle/report.ts";
import type { Selection } from "./oracle/selection.ts";
import type { Violations } from "./oracle/violations.ts";
import { findViolations } from "./oracle/violations.ts";
import { Catalog } from "./rows/catalog.ts";
import { Files } from "./rows/files.ts";
import { seedRows } from "./rows/seed-rows.ts";
import { Store } from "./rows/store.ts";
import type { Schema } from "./schema/build.ts";
import { builtInSchema } from "./schema/load.ts";
import type { Choice, Table } from "./schema/types.ts";
import { settingsOf } from "./settings.ts";

export interface EmulatorOptions extends Partial<Settings>, ProtectionOptions, SigningCertificates {
  readonly clock?: Clock;
  /** Default: the built-in ones. */
  readonly tables?: readonly Table[];
  /** Global choices, also those that no column has yet. */
  readonly choices?: readonly Choice[];
  readonly principals?: number;
  /** False: no token is asked for; the header `x-emulator-principal` names the client id, or the first principal is meant. */
  readonly auth?: boolean;
  readonly tokenSeconds?: number;
  /** Effects, and requests, that the ledger holds. */
  readonly entriesMax?: number;
}

export class World {
  readonly principals: readonly Principal[];
  readonly tenantId = tenantId;
  readonly faults: Faults;
  readonly network: Network;
  readonly elsewhere: Elsewhere;
  readonly tokens: Tokens;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly options: EmulatorOptions;
  readonly settings: Settings;
  private readonly schema: Schema;
  private readonly chance: Chance;
  private environment: Environment;
  private currentProtection: Protection;

  constructor(options: EmulatorOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.settings = settingsOf(options);
    this.schema =
      options.tables === undefined ? builtInSchema() : { tables: options.tables, choices: options.choices ?? [] };
    this.chance = seededChance(options.seed ?? 1);
    this.faults = new Faults({
      seed: options.seed ?? 1,
      clock: this.clock,
      setOf: (table) => this.environment.catalog.named(table).setName,
    });
    this.network = new Network(this.clock);
    this.elsewhere = new Elsewhere(this.clock);
    this.principals = makePrincipals(options.principals ?? 1, options.seed ?? 1, options);
    const settings = { url: this.settings.url, tokenSeconds: options.tokenSeconds ?? 3599 };
    this.tokens = new Tokens(settings, this.principals, this.clock);
    this.machine = { settings, principals: this.principals, tokens: this.tokens, clock: this.clock };
    this.environment = this.emptyEnvironment();
    this.currentProtection = this.freshProtection();
  }

  get ledger(): Ledger {
    return this.environment.ledger;
  }

  get protection(): Protection {
    return this.currentProtection;
  }

  /** The environment as one request of a principal sees it. */
  session(principal: Principal, record: RequestRecord): Session {
    const time = this.clock.now();
    buildKeyIndexes(this.environment, time);
    return {
      ...this.environment,
      origin: { time, principal: principal.clientId, server: record.server, request: record.number },
      userId: principal.userId,
      now: `${new Date(time).toISOString().slice(0, 19)}Z`,
      references: new Map(),
      reached: { targets: undefined },
    };
  }

  newGuid(): string {
    return this.chance.guid();
  }

  /** Tables, rows, ledger, faults and limits as at the start; principals and tokens stay. */
  reset(): void {
    this.environment = this.emptyEnvironment();
    this.currentProtection = this.freshProtection();
    this.faults.clear();
    this.network.mend();
    this.elsewhere.clear();
  }

  counts(selection: Selection = {}): Counts & { readonly entitlement: EntitlementCounts } {
    this.expire();
    return { ...countAll(this.environment, selection), entitlement: this.protection.entitlement.counts() };
  }

  violations(selection: Selection = {}): Violations {
    return findViolations(this.environment, this.elsewhere.visits, selection);
  }

  /** What became of the rows that a client says it wrote. Throws a ClaimsError for claims that cannot be read. */
  report(claims: string): Report {
    return reportOn(this.environment, readClaims(claims));
  }

  /** Rows of a table from the `since`-th on, for oracles: decimals, money and big integers as text. Throws for an unknown table. */
  rows(table: string, since = 0, count = Number.POSITIVE_INFINITY): readonly Readonly<Record<string, unknown>>[] {
    this.expire();
    return plainRows(this.environment, this.environment.catalog.named(table), since, count);
  }

  rowCount(table: string): number {
    this.expire();
    return this.environment.store.rows(this.environment.catalog.named(table)).size;
  }

  /** What has expired is gone for whoever looks from beside, too. */
  private expire(): void {
    for (const name of this.environment.expiries.keys()) {
      const table = this.environment.catalog.find(name);
      if (table !== undefined) {
        expireRows(this.environment, table, this.clock.now());
      }
    }
  }

  private emptyEnvironment(): Environment {
    const catalog = new Catalog(this.schema.tables, this.schema.choices);
    const store = new Store(catalog.tables, this.settings.elasticLagMs);
    seedRows(catalog, store, this.principals, this.clock.now());
    return {
      catalog,
      settings: this.settings,
      chance: this.chance,
      store,
      ledger: new Ledger(this.options.entriesMax),
      files: new Files(),
      sequences: new Map(),
      expiries: new Map(),
    };
  }

  private freshProtection(): Protection {
    return new Protection(this.options, {
      clock: this.clock,
      chance: this.chance,
      principals: this.principals.length,
      tableOf: (set) => this.environment.catalog.tables.find(({ setName }) => setName === set)?.name ?? set,
    });
  }
}
