/** Publishing and transport as in the server, with a bad wire in place of sockets and virtual time in place of the clock. */
import { createMetrics } from "../../server/core/metrics.ts";
import { isBulkPath } from "../../server/dataverse/bulk-body.ts";
import { classifyReply, limitOf } from "../../server/dataverse/faults.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { Environment } from "../../server/publish/environment.ts";
import { Permits } from "../../server/publish/permits.ts";
import { DataversePublisher } from "../../server/publish/publisher.ts";
import { Runs } from "../../server/publish/runs.ts";
import { Scheduler } from "../../server/schedule/scheduler.ts";
import { deadline } from "../../server/transport/deadline.ts";
import { compose } from "../../server/transport/http.ts";
import { retry, retryLimits } from "../../server/transport/retry.ts";
import { RetryBudget } from "../../server/transport/retry-budget.ts";
import { createEmulator } from "../emulator/emulator.ts";
import type { Costs } from "../emulator/limits/cost.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import type { WireSettings } from "./bad-wire.ts";
import { BadWire } from "./bad-wire.ts";

const tables = parseTables(`
tables:
  account:
    columns:
      new_contract: {type: file, max_size_kb: 16384}
    keys:
      number: [accountnumber]
    many_to_many:
      new_account_contact: contact
`);

export const defaults: PublishRequest = {
  environment: "sim",
  table: "account",
  mode: "UPSERT",
  matchOn: ["accountnumber"],
  runId: "sim-run",
  partition: 0,
  attempt: 0,
  columns: [],
  ignore: [],
  rowKey: [],
  nulls: "CLEAR",
  excess: "REFUSE",
  onMissing: "ACCEPT",
  returning: "ALL",
  strategy: "AUTO",
  maxFailedRows: 0,
  maxFailedRatio: 1,
  endsExplicitly: false,
  rowVersion: "",
  replaceRow: false,
};

export interface World {
  readonly clock: VirtualClock;
  readonly wire: BadWire;
  readonly emulator: ReturnType<typeof createEmulator>;
  readonly publisher: DataversePublisher;
  readonly permits: Permits;
  /** Of the first process. */
  readonly runs: Runs;
  /** Another process in front of the same service: it knows nothing of what the first one did. */
  restart(): DataversePublisher;
}

export interface WorldSettings extends WireSettings {
  readonly principals: number;
  /** Bytes; the server's default when absent. */
  readonly permits?: number;
  /** Of the environment, in place of accounts with a key. */
  readonly tables?: ReturnType<typeof parseTables>;
  /** What requests take; nothing when absent. */
  readonly costs?: Costs;
}

export function createWorld(seed: number, settings: WorldSettings): World {
  const clock = new VirtualClock({ seed });
  const emulator = createEmulator({
    seed,
    auth: false,
    clock: { now: () => clock.wall(), sleep: (ms) => clock.sleep(ms) },
    principals: settings.principals,
    tables: settings.tables ?? tables,
    ...(settings.costs === undefined ? {} : { costs: settings.costs }),
  });
  const wire = new BadWire(clock, emulator, settings);
  const scheduler = new Scheduler({
    clock,
    principals: emulator.principals.map(({ clientId }) => ({
      name: clientId,
      send: compose(wire.sender(clientId), [deadline({ clock })]),
    })),
    affinity: "auto",
    retryAfterMaxMs: retryLimits.retryAfterMaxMs,
    throttleOf: limitOf,
    resend: retry({
      clock,
      limits: retryLimits,
      budget: new RetryBudget(clock),
      classify: (reply, request) => classifyReply(reply, isBulkPath(request.path)),
    }),
  });
  const environment = new Environment({
    name: "sim",
    scheduler,
    tablesAllowed: ["*"],
    modesAllowed: ["insert", "update", "upsert", "delete"],
  });
  const permits = new Permits(settings.permits ?? 128 << 20);
  const runs = new Runs(clock);
  const start = (processRuns: Runs): DataversePublisher =>
    new DataversePublisher({
      environments: new Map([["sim", environment]]),
      runs: processRuns,
      permits,
      clock,
      progressTimeoutMs: 900_000,
      metrics: createMetrics(),
    });
  return { clock, wire, emulator, publisher: start(runs), permits, runs, restart: () => start(new Runs(clock)) };
}
