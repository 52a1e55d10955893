/** One cell of the engine benchmark: a fresh server, one client, and the proof that each row reached the sink once. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { RowBytes } from "./bench-rows.ts";
import { folder, rowsFile } from "./bench-rows.ts";
import type { Files, Ground } from "./ground.ts";
import { starts } from "./ground.ts";
import { Program } from "./program.ts";
import type { SinkCounts } from "./sink.ts";
import { keyName, tableName } from "./sink-table.ts";

export interface Cell {
  readonly bytes: RowBytes;
  readonly rows: number;
  readonly streams: number;
  /** By which message, or back to the client by a server that only echoes. */
  readonly way: "batch" | "bulk" | "echo";
  readonly mode: "UPSERT" | "INSERT";
  readonly start: keyof typeof starts;
}

export interface Measure {
  /** From the opening of the first stream to the end of the last. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Since the server started. */
  readonly peakMiB: number;
  /** Of the record batches that were sent. */
  readonly arrowBytes: number;
  /** Of the requests' bodies; 0 for an echo. */
  readonly bodyBytes: number;
  readonly requests: number;
}

export interface ClientReport {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly arrowBytes: number;
  readonly summaries: readonly Readonly<Record<string, unknown>>[];
}

export const python = ".venv/bin/python";
const copiesFile = `${folder}/copies.json`;
/** The last cell's streams are another run. */
let runs = 0;

/** A run of its own each time. */
export function commandOf({ mode, way }: Pick<Cell, "mode" | "way">): Readonly<Record<string, unknown>> {
  runs += 1;
  const naming = mode === "UPSERT" ? { matchOn: [keyName] } : { rowKey: [keyName] };
  return {
    table: tableName,
    mode,
    strategy: way === "bulk" ? "BULK" : "BATCH",
    runId: `bench ${runs}`,
    // Random doubles have more digits than a float attribute keeps.
    excess: "ROUND",
    endsExplicitly: true,
    ...naming,
  };
}

export interface Sending {
  readonly bytes: RowBytes;
  readonly rows: number;
  readonly streams: number;
  readonly command: Readonly<Record<string, unknown>>;
  /** How often the rows are sent; once when absent. */
  readonly repeat?: number;
  /** Before the client reads its first answer. */
  readonly unreadSeconds?: number;
}

/** A client from its first stream to the end of its last, in a process of its own. */
export async function publish(server: Program, { authority }: Files, sending: Sending): Promise<ClientReport> {
  const asked = { ...sending, location: server.location, authority, file: rowsFile(sending.bytes) };
  const { stdout } = await promisify(execFile)(python, ["benchmarks/publish_rows.py", JSON.stringify(asked)]);
  return JSON.parse(stdout) as ClientReport;
}

export function total({ summaries }: ClientReport, count: string): number {
  return summaries.reduce((sum, summary) => sum + Number(summary[count] ?? 0), 0);
}

/** @throws Error unless each row was acknowledged, sent once, and no other; or came back, from an echo. */
function prove({ rows, mode, way }: Cell, report: ClientReport, sink: SinkCounts): void {
  const outcome = mode === "UPSERT" ? "upserted" : "created";
  const published = { received: rows, acknowledged: rows, [outcome]: rows, failed: 0, notSent: 0, throttles: 0 };
  const wanted = way === "echo" ? { returned: rows } : published;
  const isWrong = Object.entries(wanted).some(([count, value]) => total(report, count) !== value);
  const isLost = way !== "echo" && (sink.operations !== rows || sink.keys !== rows);
  if (isWrong || isLost || total(report, "requests") !== sink.requests) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ report, sink, wanted })}`);
  }
}

export function nameOf({ bytes, streams, way, mode, start }: Cell): string {
  const by = { batch: `$batch ${mode}`, bulk: `bulk ${mode}`, echo: "Flight echo in C++" }[way];
  const started = { package: "", bundle: ", one-file server", plain: ", node without flags", counting: "" }[start];
  return `${by}, ${bytes} B, ${streams} ${streams === 1 ? "stream" : "streams"}${started}`;
}

export async function runCell(cell: Cell, ground: Ground): Promise<Measure> {
  const [measure] = await runInTurn(cell, 1, ground);
  return measure;
}

/** The cell so many times in one server, the first of which warms it up. @returns of each; peaks are those of the process so far. */
export async function runInTurn(cell: Cell, times: number, ground: Ground): Promise<readonly [Measure, ...Measure[]]> {
  const { certificate, key } = ground.files;
  const echo = ["benchmarks/echo_server.py", certificate, key];
  await using server = await (cell.way === "echo"
    ? Program.start(echo, { program: python })
    : ground.serve(starts[cell.start]));
  const first = await runOnce(cell, server, ground);
  const further: Measure[] = [];
  while (further.length < times - 1) further.push(await runOnce(cell, server, ground));
  return [first, ...further];
}

async function runOnce(cell: Cell, server: Program, ground: Ground): Promise<Measure> {
  await ground.reset();
  const before = server.cpuSeconds;
  const { bytes, rows, streams } = cell;
  const report = await publish(server, ground.files, { bytes, rows, streams, command: commandOf(cell) });
  const cpuSeconds = server.cpuSeconds - before;
  const { peakMiB } = server;
  const sink = await ground.counts();
  prove(cell, report, sink);
  const { seconds, arrowBytes } = report;
  console.error(
    `${nameOf(cell)}: ${seconds.toFixed(1)} s, ${sink.requests} requests; CPU-seconds: server ${cpuSeconds.toFixed(2)} ` +
      `(${((cpuSeconds * 1e6) / cell.rows).toFixed(2)} per million rows), sink ${sink.cpuSeconds.toFixed(2)}, ` +
      `client ${report.cpuSeconds.toFixed(2)}; peak ${peakMiB.toFixed(0)} MiB`,
  );
  return { seconds, cpuSeconds, peakMiB, arrowBytes, bodyBytes: sink.bytes, requests: sink.requests };
}

/** Bytes that a server copies while it runs the cell; its time is not to be used. */
export async function countCopies(cell: Cell, ground: Ground): Promise<number> {
  process.env["COPIES_FILE"] = copiesFile;
  await runCell({ ...cell, start: "counting" }, ground);
  return (JSON.parse(readFileSync(copiesFile, "utf8")) as { copied: number }).copied;
}
