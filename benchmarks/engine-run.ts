/** One cell of the engine benchmark: a fresh server, one client, and the proof that each row reached the sink once. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Program } from "./program.ts";
import type { SinkCounts } from "./sink.ts";
import { keyName, tableName } from "./sink-table.ts";

export interface Cell {
  readonly name: string;
  readonly rows: number;
  readonly streams: number;
  readonly mode: "UPSERT" | "INSERT";
  readonly strategy: "BATCH" | "BULK";
  /** Arguments of node up to the server program. */
  readonly node: readonly string[];
}

export interface Ground {
  /** Address of the sink. */
  readonly sink: string;
  /** Config file of the server. */
  readonly config: string;
  /** The rows, as an Arrow IPC stream. */
  readonly file: string;
}

export interface Measure {
  /** From the opening of the first stream to the end of the last. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly sink: SinkCounts;
  readonly clientCpuSeconds: number;
}

interface ClientReport {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly summaries: readonly Readonly<Record<string, unknown>>[];
}

function commandOf({ mode, name, strategy }: Cell): string {
  const naming = mode === "UPSERT" ? { matchOn: [keyName] } : { rowKey: [keyName] };
  // Random doubles have more digits than a float attribute keeps.
  return JSON.stringify({
    table: tableName,
    mode,
    strategy,
    runId: `bench ${name}`,
    excess: "ROUND",
    endsExplicitly: true,
    ...naming,
  });
}

async function publish(cell: Cell, location: string, file: string): Promise<ClientReport> {
  const program = [
    "benchmarks/publish_rows.py",
    location,
    file,
    String(cell.rows),
    String(cell.streams),
    commandOf(cell),
  ];
  const { stdout } = await promisify(execFile)(".venv/bin/python", program);
  return JSON.parse(stdout) as ClientReport;
}

/** @throws Error unless each row was acknowledged, sent once, and no other. */
function prove({ rows, mode }: Cell, summaries: ClientReport["summaries"], sink: SinkCounts): void {
  const total = (count: string): number => summaries.reduce((sum, summary) => sum + Number(summary[count] ?? 0), 0);
  const outcome = mode === "UPSERT" ? "upserted" : "created";
  const wanted = { received: rows, acknowledged: rows, [outcome]: rows, failed: 0, notSent: 0, throttles: 0 };
  const faults = Object.entries(wanted).filter(([count, value]) => total(count) !== value);
  if (faults.length > 0 || total("requests") !== sink.requests || sink.operations !== rows || sink.keys !== rows) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ summaries, sink, wanted })}`);
  }
}

export async function runCell(cell: Cell, ground: Ground): Promise<Measure> {
  await fetch(`${ground.sink}/reset`);
  await using server = await Program.start([...cell.node, "serve", "--config", ground.config, "--log-level", "warn"]);
  const before = server.cpuSeconds;
  const report = await publish(cell, server.location, ground.file);
  const cpuSeconds = server.cpuSeconds - before;
  const { peakMiB } = server;
  const sink = (await (await fetch(`${ground.sink}/counts`)).json()) as SinkCounts;
  prove(cell, report.summaries, sink);
  const { seconds } = report;
  console.error(
    `${cell.name}: ${seconds.toFixed(1)} s; CPU-seconds: server ${cpuSeconds.toFixed(2)}, ` +
      `sink ${sink.cpuSeconds.toFixed(2)}, client ${report.cpuSeconds.toFixed(2)}; peak ${peakMiB.toFixed(0)} MiB`,
  );
  return { seconds, cpuSeconds, peakMiB, sink, clientCpuSeconds: report.cpuSeconds };
}
