/**
 * A service that answers at once, over TLS: metadata of one table, a 204 for an UpsertMultiple and one with the id of its row for each
 * operation of a `$batch`, and the ids of a CreateMultiple. It stores nothing, but it counts operations and the keys it saw, so that no
 * figure can come from rows that never arrived. Called as `sink.ts CERTIFICATE KEY`; a second port without TLS is the benchmark's own:
 * counts, reset, stall.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { answerBoundary, applied, isRead, nothingFound } from "./sink-batch.ts";
import { answerMetadata, bulkTable, primaryId, tableName } from "./sink-table.ts";

export interface SinkCounts {
  readonly requests: number;
  readonly operations: number;
  /** Different keys. */
  readonly keys: number;
  readonly bytes: number;
  /** CPU of the sink since the last reset. */
  readonly cpuSeconds: number;
}

const digits = 8;
/** A key is the letter, a hyphen and eight digits; it comes before any other text of its operation. */
const keyMark = Buffer.from("K-");

let seen = new Uint8Array(10 ** digits);
let requests = 0;
let operations = 0;
let keys = 0;
let bytes = 0;
let cpuBefore = process.cpuUsage();
let stalled: Promise<unknown> = Promise.resolve();

function reset(): void {
  seen = new Uint8Array(10 ** digits);
  requests = 0;
  operations = 0;
  keys = 0;
  bytes = 0;
  cpuBefore = process.cpuUsage();
}

function counts(): SinkCounts {
  const { user, system } = process.cpuUsage(cpuBefore);
  return { requests, operations, keys, bytes, cpuSeconds: (user + system) / 1e6 };
}

/** @returns where the digits of the key begin that comes next. */
function noteKey(body: Buffer, start: number): number {
  const at = body.indexOf(keyMark, start) + keyMark.length;
  let key = 0;
  for (let i = at; i < at + digits; i++) key = key * 10 + (body[i] ?? 0) - 0x30;
  if (seen[key] === 0) keys += 1;
  seen[key] = 1;
  return at;
}

/** @param mark what each operation begins with, and nothing else holds. */
function countOperations(
  body: Buffer,
  mark: Buffer,
  each: (start: number, keyAt: number) => void = () => undefined,
): void {
  let count = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at)) {
    at += mark.length;
    count += 1;
    each(at, noteKey(body, at));
  }
  requests += 1;
  operations += count;
  bytes += body.length;
}

function answerBatch(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const [, boundary = ""] = /boundary="?([^";]+)/.exec(request.headers["content-type"] ?? "") ?? [];
  // A read is a request, but no operation.
  if (isRead(body)) requests += 1;
  const answer = isRead(body) ? nothingFound(body) : applied(idsOf(body, Buffer.from(`--${boundary}\r\n`)));
  response.writeHead(200, {
    "content-type": `multipart/mixed; boundary=${answerBoundary}`,
    "content-length": answer.length,
    "odata-version": "4.0",
    "x-ms-dop-hint": "16",
  });
  response.end(answer);
}

/** No column of the rows holds such a text. */
const targetMark = Buffer.from(`"@odata.type":"Microsoft.Dynamics.CRM.${tableName}"`);
const idMark = Buffer.from(`"${primaryId}":"`);

/** Of the row that an operation writes: it gives the id before the key, or the service has one for the key. */
function idOf(body: Buffer, start: number, keyAt: number): string {
  const given = body.subarray(start, keyAt).indexOf(idMark);
  if (given < 0) return `00000000-0000-4000-8000-0000${body.toString("latin1", keyAt, keyAt + digits)}`;
  const at = start + given + idMark.length;
  return body.toString("latin1", at, at + 36);
}

function idsOf(body: Buffer, mark: Buffer): readonly string[] {
  const ids: string[] = [];
  countOperations(body, mark, (start, keyAt) => ids.push(idOf(body, start, keyAt)));
  return ids;
}

function answerUpserts(body: Buffer, response: ServerResponse): void {
  countOperations(body, targetMark);
  response.writeHead(204, { "odata-version": "4.0", "x-ms-dop-hint": "16" }).end();
}

function answerCreates(body: Buffer, response: ServerResponse): void {
  const ids = idsOf(body, targetMark);
  response.writeHead(200, { "content-type": "application/json", "odata-version": "4.0", "x-ms-dop-hint": "16" });
  response.end(JSON.stringify({ Ids: ids }));
}

function answerJson(response: ServerResponse, value: unknown): void {
  response.writeHead(value === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(value ?? { error: { code: "0x0", message: "The sink has no such thing." } }));
}

function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const path = decodeURIComponent(request.url ?? "");
  if (path === "/api/data/v9.2/$batch") answerBatch(request, body, response);
  else if (path === `${bulkTable}UpsertMultiple`) answerUpserts(body, response);
  else if (path === `${bulkTable}CreateMultiple`) answerCreates(body, response);
  else answerJson(response, answerMetadata(path));
}

function answerControl(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://sink");
  if (pathname === "/reset") reset();
  // Requests that arrive meanwhile are answered after it.
  if (pathname === "/stall") stalled = setTimeout(Number(searchParams.get("ms")));
  answerJson(response, counts());
}

const [certificate = "", key = ""] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => void stalled.then(() => answer(request, Buffer.concat(chunks), response)));
});
server.keepAliveTimeout = 60_000;

async function listen(listening: Pick<Server, "listen" | "address" | "once">): Promise<number> {
  listening.listen(0, "127.0.0.1");
  await once(listening as Server, "listening");
  return (listening.address() as AddressInfo).port;
}

const location = `https://127.0.0.1:${await listen(server)}`;
const control = `http://127.0.0.1:${await listen(createHttpServer(answerControl))}`;
process.stdout.write(`${JSON.stringify({ ready: true, location, control })}\n`);
process.stdin.on("end", () => process.exit()).resume();
