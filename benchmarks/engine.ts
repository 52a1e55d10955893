/**
 * How many rows does one core carry from Flight to `$batch`, and to bulk messages? A real client, the real server and a sink that answers at once, each a
 * process of its own; beside them JSON.stringify of the same rows. A run whose counts do not add up has no figures.
 */
import { writeFileSync } from "node:fs";
import { folder, makeRows, settingsOf as rowSettings, rowsFile, rowsMost, stringify } from "./bench-rows.ts";
import type { Cell, Measure } from "./engine-run.ts";
import { runCell } from "./engine-run.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";
import { Program } from "./program.ts";

/** JSON.stringify is slow, and no quicker for more rows. */
const rowsStringified = 300_000;

const source = ["server/main.ts"];
const bundle = ["client-python-shim/src/dataverse_flight/server.mjs"];
/** As the shim starts the server. */
const young = "--max-semi-space-size=1";

const plain: Cell = {
  name: "upsert/1 stream",
  rows: rowsMost,
  streams: 1,
  mode: "UPSERT",
  strategy: "BATCH",
  node: [young, ...source],
};
const short: Cell = { ...plain, name: "upsert/1 stream/200,000 rows", rows: 200_000 };
const others: readonly Cell[] = [
  { ...plain, name: "upsert/4 streams", streams: 4 },
  { ...plain, name: "insert with rowKey/1 stream", mode: "INSERT" },
  { ...plain, name: "upsert by bulk/1 stream", strategy: "BULK" },
  { ...plain, name: "insert with rowKey by bulk/1 stream", mode: "INSERT", strategy: "BULK" },
  { ...plain, name: "upsert/1 stream/bundle", node: [young, ...bundle] },
  { ...plain, name: "upsert/1 stream/node without GC flag", node: source },
];

function settingsOf({ rows, streams }: Pick<Cell, "rows" | "streams">): Figure["settings"] {
  return { ...rowSettings(rows), streams };
}

function figuresOf(cell: Cell, measured: Measure): { readonly pace: Figure; readonly memory: Figure; all: Figure[] } {
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `engine/${cell.name}/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: settingsOf(cell),
  });
  const pace = figure("rows per CPU-second", cell.rows / measured.cpuSeconds, "rows/CPU-s");
  const memory = figure("peak memory", measured.peakMiB, "MiB");
  const all = [
    figure("rows per second", cell.rows / measured.seconds, "rows/s"),
    figure("CPU-seconds per million rows", (measured.cpuSeconds * 1e6) / cell.rows, "CPU-s"),
  ];
  return { pace, memory, all };
}

function configOf(sink: string): string {
  const token = `${folder}/token`;
  writeFileSync(token, "sink-token\n", { mode: 0o600 });
  const path = `${folder}/sidecar.yaml`;
  writeFileSync(
    path,
    `listen: {host: 127.0.0.1, port: 0}
environments:
  sink:
    url: ${sink}
    principals: [{access_token_file: token}]
`,
  );
  return path;
}

async function run(): Promise<readonly Figure[]> {
  makeRows();
  await using sink = await Program.start(["benchmarks/sink.ts"]);
  const ground = { sink: sink.location, config: configOf(sink.location), file: rowsFile };
  const measure = async (cell: Cell) => figuresOf(cell, await runCell(cell, ground));
  const ways = {
    rows: stringify("engine", "rows", rowsStringified),
    getters: stringify("engine", "getters", rowsStringified),
  };
  const main = await measure(plain);
  const less = await measure(short);
  const figures = [...main.all, compared(main.pace, ways.getters), main.memory];
  figures.push(...less.all, less.pace, compared(less.memory, main.memory));
  for (const cell of others) {
    const { all, pace, memory } = await measure(cell);
    figures.push(
      ...all,
      compared(pace, cell.mode === plain.mode ? main.pace : ways.getters),
      compared(memory, main.memory),
    );
  }
  return [...figures, compared(ways.rows, main.pace), compared(ways.getters, main.pace)];
}

export const engine: Question = {
  name: "engine",
  about: `How many rows does one core carry from Flight to \`$batch\`, and to bulk messages? A pyarrow client streams rows of twelve columns (2 text, a GUID as text,
2 int32, int64, 2 float64, decimal(19,4), boolean, timestamp, date; a tenth of each but of the key is null) in record batches of 10,000, cut into
messages of at most 1 MiB, to the server in a process of its own, started as the Python package starts it. The environment is a sink that answers each
\`$batch\` (100 operations) and each bulk message (up to 1,000 targets) at once; it counts operations and keys, and a run whose counts do not add up ends the benchmark. CPU-seconds are user and
system time of all threads of the server from its ready line to the last summary (\`/proc/<pid>/stat\`), its warm-up included; peak
memory is \`VmHWM\`. Client, sink and server share the machine, so rows per second say what that machine does with all three.
\`JSON.stringify\` is one Node process that turns the same rows into text with arrow-js, by row objects or by the getters of the
columns, and does nothing else with them.`,
  run,
};
