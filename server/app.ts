/** Which parts stand together: settings in, a listening server out. */
import type { Clock } from "./core/clock.ts";
import { defectFields } from "./core/defect.ts";
import type { Files } from "./core/files.ts";
import type { Decisions, Log } from "./core/log.ts";
import type { Metrics } from "./core/metrics.ts";
import { createMetrics } from "./core/metrics.ts";
import type { MetricsServer } from "./core/metrics-server.ts";
import { serveMetrics } from "./core/metrics-server.ts";
import type { EnvironmentSettings, PrincipalSettings, Settings } from "./core/settings.ts";
import type { TrustedRoots } from "./core/trust.ts";
import { trustedRoots } from "./core/trust.ts";
import { barOf, classifyReply, limitOf } from "./dataverse/answers/faults.ts";
import { isBulkPath } from "./dataverse/wire/bulk-body.ts";
import { servicePath } from "./dataverse/wire/part.ts";
import { FlightServer } from "./flight/server.ts";
import type { FlightSettings } from "./flight/settings.ts";
import { accessTokenFile } from "./identity/access-token-file.ts";
import { clientCredentials } from "./identity/client-credentials.ts";
import { ManagedIdentities } from "./identity/managed-identity.ts";
import type { Acquire } from "./identity/tokens.ts";
import { TokenSource } from "./identity/tokens.ts";
import { Environment } from "./publish/environment.ts";
import { freshRunId } from "./publish/identity/identity.ts";
import { Inspection } from "./publish/inspection.ts";
import { connectionBytes, Permits } from "./publish/memory/permits.ts";
import { DataversePublisher } from "./publish/publisher.ts";
import { Runs } from "./publish/runs/runs.ts";
import { whoAmI } from "./publish/table-reader.ts";
import type { Principal } from "./schedule/principals/principal.ts";
import { lanesMax, Scheduler } from "./schedule/scheduler.ts";
import { authorize } from "./transport/authorize.ts";
import { counted } from "./transport/counted.ts";
import { deadline } from "./transport/deadline.ts";
import { compose } from "./transport/http.ts";
import { machineHttp } from "./transport/machine.ts";
import { plainHttp } from "./transport/plain.ts";
import type { ConnectionPool } from "./transport/pool.ts";
import { createPool } from "./transport/pool.ts";
import { retry, retryLimits } from "./transport/retry.ts";
import { RetryBudget } from "./transport/retry-budget.ts";

export interface AppParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly files: Files;
}

export interface App {
  readonly inspection: Inspection;
  /** Resolves to the location that clients connect to, e.g. `grpc://127.0.0.1:8815`. */
  listen(): Promise<string>;
  /** Refuses new streams, lets those under way settle what they sent, ends; at most 30 s. */
  drain(): Promise<void>;
}

interface Ground {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly files: Files;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly machine: ManagedIdentities;
  readonly closers: (() => Promise<void>)[];
}

export function createApp({ settings, clock, log, files }: AppParts): App {
  const metrics = createMetrics();
  const http = machineHttp(clock);
  const machine = new ManagedIdentities({ clock, http: http.send });
  const ground: Ground = { settings, clock, files, metrics, log, machine, closers: [http.close] };
  const environments = new Map(settings.environments.map((each) => [each.name, environmentOf(each, ground)]));
  const runs = new Runs(clock);
  const permits = new Permits(settings.limits.inflightBytesMax, connectionBytes);
  metrics.memory(permits);
  const { progressTimeoutMs } = settings.limits;
  const publisher = new DataversePublisher({ environments, runs, permits, clock, progressTimeoutMs, metrics, log });
  const inspection = new Inspection({ environments, runs });
  const server = new FlightServer({
    settings: flightSettings(settings),
    publisher,
    permits,
    clock,
    catalog: inspection,
    newRunId: () => freshRunId(clock),
    onFault: (fault) => log.error("a stream met a defect of the server", defectFields(fault)),
  });
  let served: MetricsServer | undefined;
  return {
    inspection,
    async listen() {
      if (settings.metrics !== undefined) {
        metrics.watchEventLoop();
        served = await serveMetrics(metrics, settings.metrics);
        log.info("metrics are served", { location: served.location });
      }
      const { host, tls } = settings.listen;
      const port = await server.listen(settings.listen);
      const location = `${tls === undefined ? "grpc" : "grpc+tls"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
      log.info("listening", { location });
      return location;
    },
    async drain() {
      publisher.drain();
      await server.drain();
      server.close();
      served?.close();
      await Promise.all(ground.closers.map((close) => close()));
    },
  };
}

function environmentOf(settings: EnvironmentSettings, ground: Ground): Environment {
  const { name, origin, principals, affinity, tablesAllowed, modesAllowed, caPem } = settings;
  const trust = caPem === undefined ? undefined : trustedRoots(caPem);
  const trusted = trust === undefined ? {} : { trust };
  // As many as lanes, and some for reads that belong to no turn.
  const pool = createPool({ origin, servicePath, connectionsMax: lanesMax + principals.length, ...trusted });
  ground.closers.push(pool.close);
  const { clock, metrics, log, settings: all } = ground;
  const counts = metrics.counts(name);
  const told =
    (level: keyof Decisions): Decisions["debug"] =>
    (event, fields) =>
      log[level](event, { environment: name, ...fields });
  const { retryAfterMaxMs } = all.limits;
  const scheduler = new Scheduler({
    clock,
    principals: principals.map((each) => principalOf(each, { settings, pool, trust, ground })),
    affinity,
    retryAfterMaxMs,
    throttleOf: limitOf,
    question: whoAmI,
    barOf,
    resend: retry({
      clock,
      limits: { ...retryLimits, retryAfterMaxMs },
      budget: new RetryBudget(clock),
      classify: (reply, request) => classifyReply(reply, isBulkPath(request.path)),
      repeated: (code, pausedMs) => {
        counts.retried();
        counts.waited("backoff", pausedMs / 1000);
        log.debug("a request is repeated", { environment: name, code, seconds: pausedMs / 1000 });
      },
    }),
    log: { debug: told("debug"), info: told("info"), warn: told("warn") },
  });
  metrics.environment(name, () => scheduler.figures());
  return new Environment({ name, scheduler, tablesAllowed, modesAllowed });
}

interface Around {
  readonly settings: EnvironmentSettings;
  readonly pool: ConnectionPool;
  readonly trust: TrustedRoots | undefined;
  readonly ground: Ground;
}

function principalOf(principal: PrincipalSettings, around: Around): Principal {
  const { clock, metrics } = around.ground;
  const observe = metrics.counts(around.settings.name).requestsOf(principal.clientId);
  const tokens = new TokenSource({ clock, acquire: acquireOf(principal, around) });
  const send = compose(around.pool.send, [
    authorize({ token: (request) => tokens.token(request) }),
    counted({ clock, observe }),
    deadline({ clock }),
  ]);
  return { name: principal.clientId, send };
}

function acquireOf({ clientId, credential }: PrincipalSettings, { settings, trust, ground }: Around): Acquire {
  if (credential.kind === "access_token_file") return accessTokenFile(credential.file, ground.files);
  const { authorityOrigin, tenantId, origin } = settings;
  const { clock } = ground;
  if (credential.kind === "managed_identity") return ground.machine.of({ ...credential, resourceOrigin: origin });
  const http = plainHttp({ origin: authorityOrigin, clock, ...(trust === undefined ? {} : { trust }) });
  ground.closers.push(http.close);
  return clientCredentials({
    clock,
    http: http.send,
    authorityOrigin,
    tenantId,
    clientId,
    credential,
    resourceOrigin: origin,
  });
}

function flightSettings({ listen, environments, limits }: Settings): FlightSettings {
  const { tls } = listen;
  return {
    environments: environments.map(({ name }) => name),
    callers: listen.callers.map((caller) => ({
      name: caller.name,
      tokens: caller.tokens.map((token) => token.reveal()).join("\n"),
      modes: caller.modes,
      ...(caller.environments.includes("*") ? {} : { environments: caller.environments }),
    })),
    clientStallTimeoutMs: limits.clientStallTimeoutMs,
    progressTimeoutMs: limits.progressTimeoutMs,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            certificate: tls.certificatePem,
            key: tls.keyPem.reveal(),
            ...(tls.clientCaPem === undefined ? {} : { clientCa: tls.clientCaPem }),
          },
        }),
  };
}
