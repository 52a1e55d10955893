/**
 * How many rows does one core carry from Flight to `$batch`, and to bulk messages? A real client, the real server and a sink that
 * answers at once, each a process of its own, TLS on both sides; beside them a Flight server in C++ that only echoes, and JSON.stringify
 * of the same rows. A run whose counts do not add up has no figures.
 */
import type { RowBytes } from "./bench-rows.ts";
import { rowsOf, settingsOf, stringify } from "./bench-rows.ts";
import type { Cell, Measure } from "./engine-run.ts";
import { countCopies, nameOf, runCell, runInTurn } from "./engine-run.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";
import { Ground } from "./ground.ts";
import type { Plot } from "./plot.ts";

const plain: Cell = { bytes: 176, rows: rowsOf[176], streams: 1, way: "bulk", mode: "UPSERT", start: "package" };
/** A million rows of the plain twelve columns, and the CPU-seconds that they may cost. */
const ways: readonly { readonly cell: Cell; readonly goal: number }[] = [
  { cell: plain, goal: 3 },
  { cell: { ...plain, mode: "INSERT" }, goal: 4 },
  { cell: { ...plain, way: "batch" }, goal: 8 },
  { cell: { ...plain, way: "batch", mode: "INSERT" }, goal: 8 },
];
const sizes: readonly RowBytes[] = [64, 512, 4096];
const streams = [1, 8, 32] as const;
const echoed = (cell: Cell): Cell => ({ ...cell, way: "echo" });
/** JSON.stringify is slow, and no quicker for more rows. */
const stringified = { 64: 300_000, 176: 300_000, 512: 150_000, 4096: 40_000 } as const;
const cost = "CPU per million rows";
const furtherCost = "CPU per further million rows";
const peak = "peak memory";
const laterPeak = "peak memory after all of them";
/** Of the same rows through one process. The first warms it up, the second ends that. */
const times = 5;
const warmUps = 2;

function figure(cell: Cell, what: string, { value, unit }: { value: number; unit: string }): Figure {
  const name = `engine/${nameOf(cell)}/${what}`;
  return { name, value: significant(value), unit, ratio_to: null, ratio: null, settings: settingsOf(cell.rows) };
}

/** The cost comes first. */
function figuresOf(cell: Cell, measured: Measure): readonly [Figure, ...Figure[]] {
  const { cpuSeconds, seconds, peakMiB, arrowBytes, bodyBytes } = measured;
  const made = (what: string, value: number, unit: string): Figure => figure(cell, what, { value, unit });
  const sent = cell.way === "echo" ? [] : [made("body bytes per row", bodyBytes / cell.rows, "bytes")];
  return [
    made(cost, (cpuSeconds * 1e6) / cell.rows, "CPU-s"),
    made("rows per CPU-second", cell.rows / cpuSeconds, "rows/CPU-s"),
    made("rows per second", cell.rows / seconds, "rows/s"),
    made(peak, peakMiB, "MiB"),
    made("Arrow bytes per row", arrowBytes / cell.rows, "bytes"),
    ...sent,
  ];
}

/** What they cost once the process is warm, and what they leave with it. */
function furtherFigures(cell: Cell, measures: readonly Measure[]): readonly Figure[] {
  const warm = measures.slice(warmUps);
  const seconds = warm.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return [
    figure(cell, furtherCost, { value: (seconds * 1e6) / (warm.length * cell.rows), unit: "CPU-s" }),
    figure(cell, laterPeak, { value: measures.at(-1)?.peakMiB ?? Number.NaN, unit: "MiB" }),
  ];
}

/** The four ways of the plain rows, each with the bytes that are copied for it. */
async function measureWays(ground: Ground, least: Figure): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { cell } of ways) {
    const measures = await runInTurn(cell, times, ground);
    const [first, ...rest] = figuresOf(cell, measures[0]);
    const copied = await countCopies({ ...cell, rows: 300_000 }, ground);
    figures.push(compared(first, least), ...rest, ...furtherFigures(cell, measures));
    figures.push(figure(cell, "bytes copied per row", { value: copied / 300_000, unit: "bytes" }));
  }
  for (const start of ["bundle", "plain"] as const) {
    const cell = { ...plain, start };
    figures.push(...figuresOf(cell, await runCell(cell, ground)));
  }
  return figures;
}

async function measureSize(bytes: RowBytes, ground: Ground): Promise<readonly Figure[]> {
  const { cost: least } = stringify("engine", "getters", { bytes, rows: stringified[bytes] });
  const cell: Cell = { ...plain, bytes, rows: rowsOf[bytes] };
  const figures: Figure[] = [...figuresOf(echoed(cell), await runCell(echoed(cell), ground)), least];
  for (const count of streams) {
    const [first, ...rest] = figuresOf({ ...cell, streams: count }, await runCell({ ...cell, streams: count }, ground));
    figures.push(compared(first, least), ...rest);
  }
  const inBatches: Cell = { ...cell, way: "batch" };
  const [first, ...rest] = figuresOf(inBatches, await runCell(inBatches, ground));
  return [...figures, compared(first, least), ...rest];
}

async function run(): Promise<readonly Figure[]> {
  await using ground = await Ground.prepare();
  const { cost: least } = stringify("engine", "getters", { bytes: 176, rows: stringified[176] });
  const { cost: objects } = stringify("engine", "rows", { bytes: 176, rows: stringified[176] });
  const figures = [...(await measureWays(ground, least)), least, objects];
  for (const count of streams) {
    const echo: Cell = { ...echoed(plain), streams: count };
    figures.push(...figuresOf(echo, await runCell(echo, ground)));
    const cell: Cell = { ...plain, streams: count };
    if (count > 1) figures.push(...figuresOf(cell, await runCell(cell, ground)));
  }
  for (const bytes of sizes) figures.push(...(await measureSize(bytes, ground)));
  return figures;
}

/** The figures of one measure, by the name of their cell. */
function pointsOf(figures: readonly Figure[], what: string, cells: RegExp): readonly (readonly [string, number])[] {
  return figures
    .map(({ name, value }) => [name.split("/"), value] as const)
    .filter(([[, cell = "", measure]]) => measure === what && cells.test(cell))
    .map(([[, cell = ""], value]) => [cell, value]);
}

function plots(figures: readonly Figure[]): Readonly<Record<string, Plot>> {
  const source =
    "node benchmarks/main.ts engine · TLS on both sides · the server's user and system time, its warm-up included";
  const bars = (title: string, [what, label]: readonly [string, string], cells: RegExp): Plot => ({
    title,
    kind: "bars",
    x: { label: "way, bytes a row, streams" },
    y: { label },
    series: [{ name: what, points: pointsOf(figures, what, cells) }],
    source,
  });
  const seconds = [cost, "CPU-seconds per million rows"] as const;
  const oneStream = bars("What a million rows of twelve columns cost", seconds, /176 B(, 1 stream|$)/);
  const further = { name: furtherCost, points: pointsOf(figures, furtherCost, /176 B, 1 stream$/) };
  const goals = { name: "goal", points: ways.map(({ cell, goal }) => [nameOf(cell), goal] as const) };
  const later = pointsOf(figures, laterPeak, /./).map(([cell, value]) => [`${cell}, ${times} times`, value] as const);
  return {
    ways: { ...oneStream, series: [...oneStream.series, further, goals] },
    streams: bars(
      "What a million rows of twelve columns cost in several streams",
      seconds,
      /^bulk UPSERT, 176 B, \d+ streams?$/,
    ),
    sizes: bars("What a million rows of other sizes cost", seconds, /\b(64|512|4096) B/),
    memory: {
      ...bars("Peak memory of the server", [peak, "MiB"], /^(bulk|\$batch)/),
      series: [{ name: peak, points: [...pointsOf(figures, peak, /^(bulk|\$batch)/), ...later] }],
      mark: { y: 300, label: "goal: 300" },
    },
  };
}

export const engine: Question = {
  name: "engine",
  about: `How many rows does one core carry from Flight to \`$batch\`, and to bulk messages? A pyarrow client streams rows of twelve columns (2 text, a GUID as text,
2 int32, int64, 2 float64, decimal(19,4), boolean, timestamp, date; a tenth of each but of the key is null; 176 bytes a row in Arrow's buffers) in record
batches of 10,000, cut into messages of at most 1 MiB, to the server in a process of its own, started as the Python package starts it. Rows of 64 B have
seven of the columns, those of 512 B and 4 KiB a longer text. The environment is a sink that answers each \`$batch\` and each bulk message (up to 1,000
rows) at once; it counts operations and keys, and a run whose counts do not add up ends the benchmark. TLS is on from the client to the server and from the
server to the sink, every row is checked, every reply parsed. CPU-seconds are user and system time of all threads of the server from its ready line to the
last summary (\`/proc/<pid>/stat\`), its warm-up included; peak memory is \`VmHWM\`. The plain rows go ${times} times through one server in one stream each: a
further million is the mean of those after the first ${warmUps}, when all code is compiled, which is what most of a load of 100 million rows costs; peak memory is
also that after all of them. Client, sink and server share the machine, so rows per second say what that machine does with all three. Bytes copied are those that JavaScript copies from buffer to buffer (\`set\`, \`slice\`, \`copy\`, \`concat\`), counted in a run of
its own (\`count-copies.ts\`) over 300,000 rows; pieces of up to 32 bytes, which the encoder writes itself, and what TLS and the kernel copy are not in it.
Beside it in the same run: a Flight server in C++ (pyarrow's) that reads the same record batches and sends them back, TLS on, and \`JSON.stringify\`: one Node
process that turns the same rows into text with arrow-js, by row objects or by the getters of the columns, and does nothing else with them.`,
  run,
  plots,
};
