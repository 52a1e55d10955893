/**
 * A cell of clean rows driven by the server over real sockets: the same publishing and scheduling with the server's own connections, the
 * emulator in a process of its own, and time that runs faster on both sides.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Clock } from "../../server/core/clock.ts";
import { systemClock } from "../../server/core/clock.ts";
import { servicePath } from "../../server/dataverse/wire/part.ts";
import { authorize } from "../../server/transport/authorize.ts";
import { deadline } from "../../server/transport/deadline.ts";
import type { Layer, Reply } from "../../server/transport/http.ts";
import { compose } from "../../server/transport/http.ts";
import type { ConnectionPool } from "../../server/transport/pool.ts";
import { createPool } from "../../server/transport/pool.ts";
import { seededChance } from "../../test/emulator/core/chance.ts";
import { noise } from "../../test/emulator/limits/cost.ts";
import type { RequestRecord } from "../../test/emulator/oracle/ledger.ts";
import { EmulatorProcess } from "../../test/support/emulator-process.ts";
import type { Run } from "./auto.ts";
import type { Cell } from "./cell.ts";
import { costs, prices, travelMs } from "./cell.ts";
import { Rows, schema } from "./rows.ts";
import type { Record } from "./service.ts";
import { nothing } from "./service.ts";
import { publisherFor } from "./sidecar.ts";
import { lostOf, permitBytesFor, streamUntil } from "./stream.ts";

/** Seconds of service time in a second. */
const compression = 4;
const connectionsMax = 512;
const schemaFile = "build/bench/goodput.yaml";
/** Of real time: requests so soon after a throttle reply were on their way. */
const graceMs = 50;

const fast: Clock = {
  ...systemClock,
  now: () => systemClock.now() * compression,
  sleep: (ms, signal) => systemClock.sleep(ms / compression, signal),
  after: (ms, act) => systemClock.after(ms / compression, act),
  every: (ms, tick) => systemClock.every(ms / compression, tick),
};

export async function runOverSockets(cell: Cell): Promise<Run> {
  mkdirSync("build/bench", { recursive: true });
  writeFileSync(schemaFile, schema);
  const emulator = await EmulatorProcess.start(flagsOf(cell));
  const pool = createPool({ origin: emulator.address.url, servicePath, connectionsMax });
  try {
    const publisher = publisherFor(await principalsOf(emulator, pool, cell), fast, permitBytesFor(cell));
    const rows = new Rows(cell);
    const streamed = await streamUntil(fast.now() + cell.seconds * 1000, publisher, { rows, clock: fast });
    const { creates, held } = await countsOf(emulator);
    const records = await recordsOf(emulator, cell);
    return { records, early: await emulator.early(), lost: lostOf(streamed, held), doubled: creates - held };
  } finally {
    await pool.close();
    await emulator.end();
  }
}

function flagsOf({ principals, servers, hint, seed, capacity }: Cell): readonly string[] {
  const flags = {
    principals,
    servers,
    seed,
    schema: schemaFile,
    "dop-hint": hint,
    limits: compression,
    cost: costs,
    "retry-after": "exact",
    "grace-ms": graceMs,
    ...(capacity === undefined ? {} : { capacity: capacity.model, lanes: capacity.lanes }),
  };
  const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return ["--plain-http", "--no-values", ...given];
}

async function principalsOf(emulator: EmulatorProcess, pool: ConnectionPool, { seed }: Cell) {
  const chance = seededChance(seed ^ 0x7247);
  const journey: Layer = (next) => async (request, trip) => {
    const travelledMs = travelMs.least + chance.next() * (travelMs.most - travelMs.least);
    await fast.sleep(travelledMs / 2);
    const reply = await next(request, trip);
    await fast.sleep(travelledMs / 2);
    return inServiceTime(reply);
  };
  return await Promise.all(
    emulator.address.principals.map(async ({ client_id: name }) => {
      const token = await tokenOf(emulator, name);
      const layers = [authorize({ token: () => Promise.resolve(token) }), deadline({ clock: fast }), journey];
      return { name, send: compose(pool.send, layers) };
    }),
  );
}

/** The emulator tells Retry-After in real seconds. */
function inServiceTime(reply: Reply): Reply {
  const told = reply.headers["retry-after"];
  if (told === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, "retry-after": String(Number(told) * compression) } };
}

async function tokenOf({ address }: EmulatorProcess, client: string): Promise<string> {
  const body = JSON.stringify({ client_id: client, seconds: 86_400 });
  const reply = await fetch(`${address.url}/__emulator__/token`, { method: "POST", body });
  return ((await reply.json()) as { access_token: string }).access_token;
}

async function countsOf({ address }: EmulatorProcess): Promise<{ readonly creates: number; readonly held: number }> {
  const reply = await fetch(`${address.url}/__emulator__/counts`);
  const { tables } = (await reply.json()) as {
    tables: Readonly<globalThis.Record<string, { creates: number; rows: number }>>;
  };
  const { creates = 0, rows = 0 } = tables["bench_row"] ?? {};
  return { creates, held: rows };
}

/** What the limiter drew for each request follows from its seed and the order of arrival. */
async function recordsOf(emulator: EmulatorProcess, { seed }: Cell): Promise<readonly Record[]> {
  const drawn = seededChance(seed ^ 0xc057);
  const all = (await emulator.requests()).filter(({ kind }) => kind === "api");
  const start = all[0]?.arrived ?? 0;
  return all.map((request) => recordOf(request, start, () => noise(drawn)));
}

function recordOf(request: RequestRecord, start: number, draw: () => number): Record {
  const { arrived, answered, principal, server, status, limited } = request;
  const at = (answered - start) * compression;
  const common = { principal, server, at, status };
  if (limited) return { ...common, ...nothing, way: "throttled" };
  const { way, rows, workMs } = workOf(request);
  const written = status < 400 ? rows : 0;
  const seconds = ((answered - arrived) * compression) / 1000;
  return { ...common, way, rows, judged: written, written, noise: draw(), seconds, work: workMs / 1000 };
}

function workOf({ path, method, operations: rows }: RequestRecord) {
  if (path.endsWith("CreateMultiple"))
    return { way: "bulk", rows, workMs: prices.bulk + prices.bulkRow * rows } as const;
  if (path.endsWith("/$batch")) return { way: "batch", rows, workMs: prices.batch + prices.operation * rows } as const;
  return {
    way: method === "POST" ? "single" : "read",
    rows: method === "POST" ? rows : 0,
    workMs: prices.single,
  } as const;
}
