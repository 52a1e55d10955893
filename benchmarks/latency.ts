/** How long does a small publication take that nobody waits before? Over real sockets, against a service that answers at once. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { rowsFile, settingsOf } from "./bench-rows.ts";
import { commandOf, publish, python } from "./engine-run.ts";
import type { Figure, Question } from "./figures.ts";
import { significant } from "./figures.ts";
import { Ground } from "./ground.ts";
import type { Plot } from "./plot.ts";
import type { Program } from "./program.ts";

interface Small {
  readonly name: string;
  readonly way: "stream" | "package";
  readonly rows: number;
  readonly count: number;
  /** Publications before those that count: both programs translate their code on the first ones. */
  readonly warmUp: number;
}

const one: Small = { name: "one row", way: "stream", rows: 1, count: 200, warmUp: 50 };
const cells: readonly Small[] = [
  one,
  { ...one, name: "one row, by the package", way: "package", count: 100 },
  { ...one, name: "10 rows, 1,000 streams in a row", rows: 10, count: 1000 },
];
const besideLarge: Small = { ...one, name: "10 rows, beside a stream of a million", rows: 10, count: 50, warmUp: 5 };
const quantiles = { p50: 0.5, p95: 0.95, longest: 1 } as const;
/** As milliseconds of ours, beyond the service's own. */
const goalMs = 20;

async function milliseconds(small: Small, server: Program, ground: Ground): Promise<readonly number[]> {
  const { location } = server;
  const command = { ...commandOf({ mode: "UPSERT", way: "bulk" }), strategy: "AUTO" };
  const asked = { ...small, location, command, file: rowsFile(176), authority: ground.files.authority };
  const { stdout } = await promisify(execFile)(python, ["benchmarks/publish_small.py", JSON.stringify(asked)]);
  const report = JSON.parse(stdout) as { milliseconds: readonly number[]; acknowledged: number; sent: number };
  if (report.acknowledged !== report.sent) throw new Error(`Of ${report.sent} rows ${report.acknowledged} arrived.`);
  return report.milliseconds;
}

function figuresOf(small: Small, took: readonly number[]): readonly Figure[] {
  const sorted = took.toSorted((a, b) => a - b);
  return Object.entries(quantiles).map(([name, share]) => ({
    name: `latency/${small.name}/${name}`,
    value: significant(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN),
    unit: "ms",
    ratio_to: null,
    ratio: null,
    settings: { ...settingsOf(small.rows), publications: small.count },
  }));
}

async function run(): Promise<readonly Figure[]> {
  await using ground = await Ground.prepare();
  await using server = await ground.serve();
  const figures: Figure[] = [];
  for (const small of cells) figures.push(...figuresOf(small, await milliseconds(small, server, ground)));
  const command = commandOf({ mode: "UPSERT", way: "bulk" });
  const large = publish(server, ground.files, { bytes: 176, rows: 1_000_000, streams: 1, repeat: 4, command });
  const took = await milliseconds(besideLarge, server, ground);
  const { operations } = await ground.counts();
  await large;
  if (operations === (await ground.counts()).operations) throw new Error("The large stream was not there to the end.");
  return [...figures, ...figuresOf(besideLarge, took)];
}

function plots(figures: readonly Figure[]): Readonly<Record<string, Plot>> {
  const series = Object.keys(quantiles).map((quantile) => ({
    name: quantile,
    points: figures
      .filter(({ name }) => name.endsWith(`/${quantile}`))
      .map(({ name, value }) => [name.split("/")[1] ?? "", value] as const),
  }));
  return {
    small: {
      title: "From the call to the summary",
      kind: "bars",
      x: { label: "publication" },
      y: { label: "milliseconds", scale: "log", least: 1 },
      series,
      mark: { y: goalMs, label: `goal: ${goalMs}` },
      source: "node benchmarks/main.ts latency · a service that answers at once, TLS on both sides",
    },
  };
}

export const latency: Question = {
  name: "latency",
  about: `How long does a small publication take? Rows of the twelve columns of \`engine\`, UPSERT, \`strategy\` AUTO, TLS on both sides, over real sockets to a service
that answers at once, so that what is left is the sidecar, the client and the machine. The clock runs from the opening of the exchange to the end of its
stream, when the outcome of each row is known. Each publication is a run of its own and reads the table's metadata (the service's answers are part of
the time); the first 50 are not counted. By the package: \`publish()\` of the Python package, which opens a stream of no rows first, so that a wrong mapping is
refused before any row moves. Beside a stream of a million rows the cores are busy with that one, its client and its sink.`,
  run,
  plots,
};
