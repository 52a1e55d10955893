/** Publishing and transport as in the server, with a bad wire in place of sockets and virtual time in place of the clock. */
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { Permits } from "../../server/publish/memory/permits.ts";
import type { DataversePublisher } from "../../server/publish/publisher.ts";
import { Runs } from "../../server/publish/runs/runs.ts";
import { deadline } from "../../server/transport/deadline.ts";
import { compose } from "../../server/transport/http.ts";
import { createEmulator } from "../emulator/emulator.ts";
import type { Costs } from "../emulator/limits/cost.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { environmentOf, publisherOf } from "../support/publish/sidecar.ts";
import { usualRequest } from "../support/usual-request.ts";
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
  ...usualRequest,
  environment: "sim",
  mode: "UPSERT",
  matchOn: ["accountnumber"],
  runId: "sim-run",
  returning: "ALL",
  maxFailedRatio: 1,
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
  /** By how much reads of elastic tables lag behind, ms; not at all when absent. */
  readonly elasticLagMs?: number;
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
    elasticLagMs: settings.elasticLagMs ?? 0,
  });
  const wire = new BadWire(clock, emulator, settings);
  const principals = emulator.principals.map(({ clientId }) => ({
    name: clientId,
    send: compose(wire.sender(clientId), [deadline({ clock })]),
  }));
  const environment = environmentOf(defaults.environment, principals, clock);
  const permits = new Permits(settings.permits ?? 48 << 20);
  const runs = new Runs(clock);
  const start = (processRuns: Runs): DataversePublisher =>
    publisherOf({ environment, clock, permits, runs: processRuns });
  return { clock, wire, emulator, publisher: start(runs), permits, runs, restart: () => start(new Runs(clock)) };
}
