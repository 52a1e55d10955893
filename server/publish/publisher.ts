/** Opens publications: whatever can be refused before the first row is refused here. */
import type { Schema } from "../arrow/columns.ts";
import type { Clock } from "../core/clock.ts";
import type { EnvironmentCounts } from "../core/environment-counts.ts";
import { SidecarError } from "../core/errors.ts";
import type { Decisions, LogFields } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import type { Mapping } from "../dataverse/mapping/mapping.ts";
import { compileMapping, relatedAttributes, relatedTables } from "../dataverse/mapping/mapping.ts";
import type { PublishRequest } from "../dataverse/request.ts";
import { elasticTargetsMax, isElastic } from "../dataverse/rows/elastic.ts";
import type { Environment } from "./environment.ts";
import { environmentNamed, findEnvironment } from "./environment.ts";
import { Identity } from "./identity/identity.ts";
import { Bodies } from "./memory/bodies.ts";
import type { Permits } from "./memory/permits.ts";
import { Opening } from "./opening.ts";
import { LateWrites } from "./order/late-writes.ts";
import type { Deliver, Progress, Publication, Publisher } from "./publication.ts";
import { Operations } from "./rows/operations.ts";
import type { StreamMetrics } from "./runs/figures.ts";
import type { Run, Runs } from "./runs/runs.ts";
import { tallyOf } from "./runs/tally.ts";
import { scopeOf } from "./sending/sender.ts";
import { Costs } from "./splitting/costs.ts";
import type { StrategyOptions } from "./splitting/strategy.ts";
import { Strategy } from "./splitting/strategy.ts";
import { PublishStream } from "./stream.ts";
import { TableCache } from "./table-cache.ts";
import { readTableOf } from "./table-reader.ts";

/** 48 executors and some more; each holds a message or two beside its permits. */
const streamsMax = 128;
/** Tables of one run: its own and those its lookups name. */
const tablesPerRunMax = 64;

const shuttingDown = new SidecarError("draining", "The server is shutting down.", {
  remedy: "Resume the run under its run id.",
});

export interface PublisherOptions {
  readonly environments: ReadonlyMap<string, Environment>;
  readonly runs: Runs;
  readonly permits: Permits;
  readonly clock: Clock;
  readonly progressTimeoutMs: number;
  readonly metrics: Pick<Metrics, "streams"> & {
    counts(environment: string): StreamMetrics & Pick<EnvironmentCounts, "retried">;
  };
  readonly log?: Decisions;
}

/** Where a stream goes: for the log. */
interface StreamPlace {
  /** Its name in the config. */
  readonly environment: string;
  readonly request: PublishRequest;
}

export class DataversePublisher implements Publisher {
  readonly #options: PublisherOptions;
  /** Per run and environment; gone with the run. */
  readonly #tables = new WeakMap<Run, Map<string, TableCache>>();
  /** Per environment and table, for the life of the process: as many as the tables ever published to. */
  readonly #late = new Map<string, LateWrites>();
  /** Per environment, table and mode: what was learned serves the next stream. */
  readonly #costs = new Map<string, Costs>();
  readonly #bodies: Bodies;
  readonly #operations = new Operations();
  #draining = false;
  /** Of streams that have not joined their run yet. */
  readonly #openings = new Set<Opening>();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#bodies = new Bodies(options.permits);
  }

  /** Refuses new streams and stops those under way. */
  drain(): void {
    this.#draining = true;
    for (const opening of this.#openings) opening.end(shuttingDown);
    this.#options.runs.stop(shuttingDown);
  }

  /** What holds up the streams that open there; undefined while nothing does. */
  waiting(environment: string): Progress["waiting"] {
    return environmentNamed(this.#options.environments, environment)?.scheduler.waitingFor();
  }

  async open(request: PublishRequest, schema: Schema, deliver: Deliver, gone?: AbortSignal): Promise<Publication> {
    if (this.#draining) {
      throw new SidecarError("draining", "The server is shutting down.", { remedy: "Try again on another one." });
    }
    const { runs, clock, progressTimeoutMs } = this.#options;
    if (runs.streams + this.#openings.size >= streamsMax) {
      throw new SidecarError("overloaded", `${streamsMax} streams are open.`, {
        remedy: "Try again when some have ended.",
      });
    }
    const opening = new Opening({ clock, timeoutMs: progressTimeoutMs, gone });
    this.#openings.add(opening);
    try {
      return await this.#open(request, schema, { deliver, signal: opening.signal });
    } finally {
      opening.end();
      this.#openings.delete(opening);
    }
  }

  async #open(
    request: PublishRequest,
    schema: Schema,
    { deliver, signal }: { deliver: Deliver; signal: AbortSignal },
  ): Promise<Publication> {
    const { runs, environments } = this.#options;
    const environment = findEnvironment(environments, request.environment);
    environment.allow(request.table, request.mode);
    const cache = this.#cache(runs.get(request.runId), environment);
    const mapping = await this.#map(request, schema, { cache, signal });
    // Asked for again: reading metadata can take longer than a run without streams is remembered.
    return await this.#join(mapping, deliver, { run: runs.get(request.runId), environment });
  }

  async #map(
    request: PublishRequest,
    schema: Schema,
    { cache, signal }: { cache: TableCache; signal: AbortSignal },
  ): Promise<Mapping> {
    const table = await cache.get(request.table, { signal });
    const names = relatedTables(request, table, schema);
    if (names.length >= tablesPerRunMax) {
      throw new SidecarError(
        "limit_exceeded",
        `The lookups name ${names.length} tables; ${tablesPerRunMax} are allowed.`,
      );
    }
    const wanted = relatedAttributes(request);
    const related = await Promise.all(
      names.map(async (name) => [name, await cache.get(name, { signal, wanted })] as const),
    );
    return compileMapping(schema, request, table, new Map(related));
  }

  #cache(run: Run, environment: Environment): TableCache {
    const caches = this.#tables.get(run) ?? new Map<string, TableCache>();
    this.#tables.set(run, caches);
    const cache =
      caches.get(environment.name) ??
      new TableCache((name, options) =>
        readTableOf(environment.scheduler.opener, name, { ...options, patience: "entry" }),
      );
    caches.set(environment.name, cache);
    return cache;
  }

  async #join(
    mapping: Mapping,
    deliver: Deliver,
    { run, environment }: { run: Run; environment: Environment },
  ): Promise<Publication> {
    const { request } = mapping;
    const place: StreamPlace = { environment: environment.name, request };
    const { clock, permits, progressTimeoutMs, metrics } = this.#options;
    const seat = `${environment.name}\0${request.table}\0${request.partition}`;
    const counts = metrics.counts(environment.name);
    const stream: PublishStream = new PublishStream({
      mapping,
      identity: identityOf(mapping),
      scheduler: environment.scheduler,
      permits,
      bodies: this.#bodies,
      operations: this.#operations,
      late: this.#lateWrites(environment.name, request.table),
      strategy: this.#strategyFor(mapping, environment),
      clock,
      deliver,
      progressTimeoutMs,
      review: (stop) => {
        const before = run.stopped;
        if (stop === undefined) run.review(request);
        else run.stop(stop);
        if (before === undefined && run.stopped !== undefined) this.#tellStop(run.stopped, place);
      },
      leave: () => {
        const { received, settled, failed, notSent } = tallyOf(stream);
        this.#tell("a stream has ended", place, { received, settled, failed, notSent });
        run.leave(seat, stream);
        metrics.streams(this.#options.runs.streams);
      },
      metrics: counts,
      repeated: (code, size) => {
        counts.retried();
        this.#tell("a request's rows go again", place, { code, size });
      },
      delayed: (seconds) => this.#tell("a row waits for an older write", place, { seconds }),
      warnings: mapping.warnings,
    });
    try {
      if (await run.join(seat, stream)) stream.lookFirst();
    } catch (refused) {
      await stream.abandon("superseded");
      throw refused;
    }
    // It was let in before the drain began, and joined after.
    if (this.#draining) stream.stop(shuttingDown);
    metrics.streams(this.#options.runs.streams);
    this.#tell("a stream is open", place);
    return stream;
  }

  #tell(event: string, { environment, request }: StreamPlace, more: LogFields = {}): void {
    const { runId, partition } = request;
    this.#options.log?.debug(event, { environment, runId, partition, scope: scopeOf(request), ...more });
  }

  #tellStop({ code, message }: SidecarError, { environment, request: { runId } }: StreamPlace): void {
    this.#options.log?.warn("a run is stopped", { environment, runId, code, message });
  }

  #strategyFor({ strategy, table, request }: Mapping, { name, scheduler }: Environment): Strategy {
    const usual: StrategyOptions = {
      choice: strategy,
      costs: this.#costsOf(name, request),
      requestSeconds: () => scheduler.requestSeconds,
      surcharge: () => scheduler.surcharge,
      changed: ({ way, size }, before) => {
        this.#tell(
          "requests change",
          { environment: name, request },
          before === undefined ? { way, size } : { way, size, before: before.size },
        );
      },
    };
    return new Strategy(isElastic(table) ? { ...usual, targetsMax: elasticTargetsMax, partial: true } : usual);
  }

  #costsOf(environment: string, { table, mode }: PublishRequest): Costs {
    const name = `${environment}\0${table}\0${mode}`;
    const costs = this.#costs.get(name) ?? new Costs();
    this.#costs.set(name, costs);
    return costs;
  }

  #lateWrites(environment: string, table: string): LateWrites {
    const name = `${environment}\0${table}`;
    const late = this.#late.get(name) ?? new LateWrites();
    this.#late.set(name, late);
    return late;
  }
}

function identityOf(mapping: Mapping): Identity | undefined {
  if (!mapping.mintsIds) return undefined;
  const { runId, table, partition } = mapping.request;
  if (mapping.rowKeyColumns.length > 0) return new Identity({ runId, table, keyColumns: mapping.rowKeyColumns });
  return new Identity({ runId, table, keyColumns: mapping.mappedColumns, byContent: { partition } });
}
