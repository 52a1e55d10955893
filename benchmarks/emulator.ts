/** Is the emulator nobody's bottleneck? Operations and rows that one core carries, called by function and over a socket, and the memory of five million rows. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import type { Kind } from "./emulator-bodies.ts";
import { kinds, loadOf, rowsPerRequest, schema } from "./emulator-bodies.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";

const rowsMost = 300_000;
const rowsKept = 5_000_000;
const socketRows = 200_000;
/** Requests on their way at once over sockets, so that the emulator never waits for the client. */
const clients = 3;
/** The unit of /proc/<pid>/stat, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

function settingsOf(rows: number): Figure["settings"] {
  return {
    rows,
    columns: 12,
    "rows per request": rowsPerRequest,
    cores: availableParallelism(),
    node: process.version,
  };
}

function figure(name: string, { value, unit, rows }: { value: number; unit: string; rows: number }): Figure {
  return { name, value: significant(value), unit, ratio_to: null, ratio: null, settings: settingsOf(rows) };
}

function runAlone(kind: Kind, rows: number, way: "" | "twice" | "json"): Run {
  const program = ["--max-old-space-size=3072", "benchmarks/emulator-run.ts", kind, String(rows), way];
  return JSON.parse(String(execFileSync(process.execPath, program, { stdio: ["ignore", "pipe", "inherit"] }))) as Run;
}

function paces(name: string, rows: number, { seconds, cpuSeconds }: Omit<Run, "peakMiB">): [Figure, Figure] {
  return [
    figure(`emulator/${name}/rows per CPU-second`, { value: rows / cpuSeconds, unit: "rows/CPU-s", rows }),
    figure(`emulator/${name}/rows per second`, { value: rows / seconds, unit: "rows/s", rows }),
  ];
}

/** Beside JSON.parse of the same rows, the least that anyone who reads them must do. */
function pacesOf(kind: Kind): readonly Figure[] {
  const [least] = paces(`JSON.parse of ${kind}`, rowsMost, runAlone(kind, rowsMost, "json"));
  const [pace, speed] = paces(kind, rowsMost, runAlone(kind, rowsMost, ""));
  if (kind === "batch create" || kind === "CreateMultiple") {
    return [least, compared(pace, least), speed];
  }
  const [againPace, againSpeed] = paces(`${kind}, rows that are there`, rowsMost, runAlone(kind, rowsMost, "twice"));
  return [least, compared(pace, least), speed, compared(againPace, least), againSpeed];
}

/** User and system time of a process, seconds. */
function cpuOf(pid: number): number {
  // The second field is the program's name in brackets, and may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function overSocket(kind: Kind): Promise<readonly Figure[]> {
  mkdirSync("build/bench", { recursive: true });
  const file = "build/bench/emulator-schema.yaml";
  writeFileSync(file, schema);
  const flags = ["--port", "0", "--plain-http", "--no-values", "--exit-with-stdin", "--schema", file];
  const emulator = spawn(process.execPath, ["test/emulator/main.ts", ...flags], { stdio: ["pipe", "pipe", "ignore"] });
  const [line] = (await once(createInterface({ input: emulator.stdout }), "line")) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const reply = await fetch(`${url}/__emulator__/token`, { method: "POST", body: "{}" });
  const { access_token } = (await reply.json()) as { access_token: string };
  const loads = Array.from({ length: socketRows / rowsPerRequest }, (_, index) => loadOf(kind, index * rowsPerRequest));
  const pid = emulator.pid ?? 0;
  const [cpu, start] = [cpuOf(pid), process.hrtime.bigint()];
  const sendNext = async (): Promise<void> => {
    for (let load = loads.pop(); load !== undefined; load = loads.pop()) {
      const headers = { authorization: `Bearer ${access_token}`, "content-type": load.contentType };
      const answer = await fetch(`${url}${load.url}`, { method: "POST", headers, body: new Uint8Array(load.body) });
      const text = await answer.text();
      if (!answer.ok || /^HTTP\/1\.1 [45]/m.test(text)) {
        throw new Error(`The emulator refused: ${text.slice(0, 2000)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, sendNext));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const cpuSeconds = cpuOf(pid) - cpu;
  emulator.stdin.end();
  await once(emulator, "exit");
  return paces(`${kind}, over sockets`, socketRows, { seconds, cpuSeconds });
}

async function run(): Promise<readonly Figure[]> {
  const figures = kinds.flatMap(pacesOf);
  figures.push(...(await overSocket("batch upsert")), ...(await overSocket("CreateMultiple")));
  const kept = runAlone("CreateMultiple", rowsKept, "");
  const [pace] = paces("CreateMultiple, five million rows", rowsKept, kept);
  const memory = { value: kept.peakMiB, unit: "MiB", rows: rowsKept };
  return [...figures, pace, figure("emulator/five million rows/peak memory", memory)];
}

export const emulator: Question = {
  name: "emulator",
  about: `Is the emulator nobody's bottleneck? Requests of 1,000 rows of twelve columns (2 text, one of them the alternate key, a GUID, 2 int32, int64,
2 float64, decimal(19,4), boolean, timestamp, date), limits off: \`$batch\` of PATCH by key or of POST, and bulk messages. Each figure is of a fresh process;
its requests are made beforehand and not timed; a run whose rows and effects do not add up has no figures. CPU-seconds are user and system time
of all threads of that process, its warm-up and its garbage collection included. \`JSON.parse\` reads the same rows in the same kind of process.
Over sockets (plain HTTP) the client is another process and not counted. Five million rows are created by \`CreateMultiple\`, with their key's index and
the ledger of their effects (hashes, no values); peak memory is \`VmHWM\`, the requests of the benchmark included.`,
  run,
};
