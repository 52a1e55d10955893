/**
 * One stream without an end through the server's publishing, scheduling and transport in a process of its own, on virtual time and
 * without sockets: `flat-run.ts ROWS SECONDS`. The service answers every bulk request after a virtual second. Record batches of two
 * columns are made as they are needed, each row with a key of its own; making them is part of the cost. Prints a line of JSON at
 * 10^4, 3 * 10^4, 10^5 rows and so on, and at its end: ROWS, or SECONDS of processor time.
 */
import { setImmediate } from "node:timers/promises";
import type { Column, RecordBatch } from "../server/arrow/columns.ts";
import type { Send } from "../server/transport/http.ts";
import { int32, recordBatch, schemaOf, text } from "../test/support/columns.ts";
import { VirtualClock } from "../test/support/virtual-clock.ts";
import { answerBoundary, isRead, nothingFound } from "./sink-batch.ts";
import { answerMetadata, keyName } from "./sink-table.ts";
import { publisherBefore, request } from "./virtual-service.ts";

export interface Mark {
  readonly rows: number;
  /** Of the process, since its first row. */
  readonly cpuSeconds: number;
  /** What is still held after a collection. */
  readonly heapMiB: number;
  readonly residentMiB: number;
}

const rowsPerBatch = 10_000;
const digits = 8;
const keyBytes = "K-".length + digits;
const answerMs = 1000;
const requestBytesMax = 4 << 20;

const [rowsMost = 0, secondsMost = 0] = process.argv.slice(2).map(Number);
const first = recordBatch(
  text(
    keyName,
    Array.from({ length: rowsPerBatch }, () => `K-${"0".repeat(digits)}`),
  ),
  int32(
    "bench_count",
    Array.from({ length: rowsPerBatch }, (_, row) => row),
  ),
);

/** The same record batch with the keys from `start` on, in memory of its own. */
function batchFrom(start: number): RecordBatch {
  const [key, ...others] = first.columns as readonly [Column, ...Column[]];
  const values = new Uint8Array(key.values);
  for (let row = 0; row < rowsPerBatch; row++) {
    let rest = start + row;
    for (let at = (row + 1) * keyBytes - 1; rest > 0; at--) {
      values[at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
  return { ...first, columns: [{ ...key, values }, ...others] };
}

const clock = new VirtualClock();

const wire: Send = async ({ path, body = "" }) => {
  const metadata = answerMetadata(`/api/data/v9.2/${decodeURIComponent(path)}`);
  if (metadata !== undefined) return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(metadata)) };
  if (path === "$batch" && isRead(Buffer.from(body))) {
    const headers = { "content-type": `multipart/mixed; boundary=${answerBoundary}` };
    return { status: 200, headers, body: nothingFound(Buffer.from(body)) };
  }
  if (!path.endsWith("UpsertMultiple") || body.length > requestBytesMax) throw new Error(`${path} was not expected.`);
  await clock.sleep(answerMs);
  return { status: 204, headers: {}, body: Buffer.alloc(0) };
};

const cpuBefore = process.cpuUsage();
/** CPU-seconds of collections that serve the measuring alone. */
let collecting = 0;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage(cpuBefore);
  return (user + system) / 1e6 - collecting;
}

async function report(rows: number): Promise<void> {
  const spent = cpuSeconds();
  // Twice, for buffers go after those that held them.
  globalThis.gc?.();
  await setImmediate();
  globalThis.gc?.();
  collecting += cpuSeconds() - spent;
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const mark: Mark = {
    rows,
    cpuSeconds: spent,
    heapMiB: (heapUsed + arrayBuffers) / 2 ** 20,
    residentMiB: rss / 2 ** 20,
  };
  console.log(JSON.stringify(mark));
}

async function stream(): Promise<void> {
  const principals = Array.from({ length: 8 }, (_, nth) => ({ clientId: `principal ${nth}` }));
  const publisher = publisherBefore(wire, principals, clock);
  const asked = { ...request, mode: "UPSERT", matchOn: [keyName], strategy: "BULK", runId: "flat" } as const;
  const publication = await publisher.open(asked, schemaOf(first), () => clock.turn());
  let rows = 0;
  let next = rowsPerBatch;
  while (rows < rowsMost && cpuSeconds() < secondsMost) {
    const batch = batchFrom(rows);
    await publication.room(batch.bytes);
    await publication.accept(batch);
    rows += rowsPerBatch;
    if (rows < next) continue;
    while (publication.progress().acknowledged < rows) await clock.sleep(answerMs);
    await report(rows);
    // 1, 3, 10, 30, …
    next = rows * (String(rows).startsWith("1") ? 3 : 10 / 3);
  }
  const { acknowledged } = await publication.end();
  if (rows !== rowsMost) await report(rows);
  if (acknowledged !== rows) throw new Error(`Of ${rows} rows ${acknowledged} were acknowledged.`);
}

await clock.run(stream(), { maxMs: Number.MAX_SAFE_INTEGER });
