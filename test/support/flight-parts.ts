/** What a Flight server needs, with a fake publisher and a catalog of one table behind it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Schema } from "../../server/arrow/columns.ts";
import { systemClock } from "../../server/core/clock.ts";
import { SidecarError } from "../../server/core/errors.ts";
import type { Catalog } from "../../server/flight/catalog.ts";
import type { FlightParts } from "../../server/flight/server.ts";
import { FlightServer } from "../../server/flight/server.ts";
import type { FlightSettings } from "../../server/flight/settings.ts";
import { connectionBytes, Permits } from "../../server/publish/memory/permits.ts";
import { FakePublisher } from "./fake-publisher.ts";

const accountSchema: Schema = {
  fields: [
    { name: "name", type: { kind: "utf8", large: false }, nullable: true, children: [] },
    {
      name: "creditlimit",
      type: { kind: "decimal", bits: 128, precision: 19, scale: 4 },
      nullable: true,
      children: [],
    },
  ],
};

export const catalog: Catalog = {
  tables: () => Promise.resolve(["account", "contact"]),
  schema: (_, table) =>
    table === "account"
      ? Promise.resolve(accountSchema)
      : Promise.reject(new SidecarError("unknown_table", `There is no table ${table}.`, { remedy: "Check the name." })),
  check: () => Promise.resolve([{ name: "app", userId: "u-1", operationsToday: 7 }]),
  status: (runId) => {
    if (runId === "broken") throw new TypeError("an inner detail");
    return runId === "known"
      ? { streams: 1, received: 5, acknowledged: 4, failed: 1, notSent: 0, rowsPerSecond: 0 }
      : undefined;
  },
  cancel: (runId) => Promise.resolve(runId === "known"),
};

export const settings: FlightSettings = {
  environments: ["demo"],
  callers: [],
  clientStallTimeoutMs: 120_000,
  progressTimeoutMs: 900_000,
};

export interface RunningFlight {
  readonly publisher: FakePublisher;
  readonly server: FlightServer;
  readonly port: number;
  readonly permits: Permits;
  /** Of the server itself, as it would log them. */
  readonly faults: unknown[];
}

/** Starts a server on a free port of the loopback. */
export async function startFlight(
  publisher: FakePublisher = new FakePublisher(),
  overrides: Partial<FlightSettings> = {},
): Promise<RunningFlight> {
  const faults: unknown[] = [];
  const permits = new Permits(64 << 20, connectionBytes);
  const parts: FlightParts = {
    settings: { ...settings, ...overrides },
    publisher,
    permits,
    catalog,
    clock: systemClock,
    newRunId: () => "018f2a54-0000-7000-8000-000000000001",
    onFault: (fault) => faults.push(fault),
  };
  const server = new FlightServer(parts);
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  return { publisher, server, port, permits, faults };
}

export interface ClientReport {
  readonly error?: { readonly type: string; readonly text: string };
  readonly rows: number;
  readonly columns: readonly string[];
  readonly events: readonly { readonly progress?: object; readonly summary?: Record<string, unknown> }[];
  readonly result?: unknown;
}

const run = promisify(execFile);

/** Runs a scenario of `clients/` with pyarrow and returns what it printed. */
export async function runClient(script: string, port: number, options: object = {}): Promise<ClientReport> {
  const { stdout } = await run(
    ".venv/bin/python",
    [`test/support/clients/${script}.py`, String(port), JSON.stringify(options)],
    {
      timeout: 50_000,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return JSON.parse(stdout) as ClientReport;
}
