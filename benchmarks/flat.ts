/** Does a row cost the same, however many there were before it? */
import { execFileSync } from "node:child_process";
import { settingsOf } from "./bench-rows.ts";
import { commandOf, publish, total } from "./engine-run.ts";
import type { Figure, Question } from "./figures.ts";
import { significant } from "./figures.ts";
import type { Mark } from "./flat-run.ts";
import { Ground } from "./ground.ts";
import type { Plot } from "./plot.ts";
import type { Program } from "./program.ts";

/** Of one stream over sockets; streams of few rows are repeated, for the kernel counts in steps of 10 ms. */
const lengths = [
  { rows: 10_000, streams: 6 },
  { rows: 100_000, streams: 2 },
  { rows: 1_000_000, streams: 1 },
  { rows: 3_000_000, streams: 1 },
] as const;
const rowsInFile = 1_000_000;
const simulatedMost = 100_000_000;
const simulatedSeconds = 150;
const [overSockets, simulated, held] = ["CPU per million rows", "CPU per million rows since the mark before", "held"];

function figure(name: string, rows: number, { value, unit }: { value: number; unit: string }): Figure {
  return {
    name: `flat/${name}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: settingsOf(rows),
  };
}

/** CPU-seconds of the server for so many streams, one after another, of so many rows each. */
async function spentOn(server: Program, ground: Ground, { rows, streams }: { rows: number; streams: number }) {
  const repeat = Math.ceil(rows / rowsInFile);
  const sending = { bytes: 176, rows: rows / repeat, repeat, streams: 1 } as const;
  const before = server.cpuSeconds;
  for (let nth = 0; nth < streams; nth++) {
    const command = commandOf({ mode: "UPSERT", way: "bulk" });
    const report = await publish(server, ground.files, { ...sending, command });
    if (total(report, "acknowledged") !== rows) throw new Error(`Not all of ${rows} rows were acknowledged.`);
  }
  return server.cpuSeconds - before;
}

async function measured(): Promise<readonly Figure[]> {
  await using ground = await Ground.prepare();
  await using server = await ground.serve();
  const figures: Figure[] = [];
  const add = (rows: number, seconds: number, which: string): void => {
    console.error(`flat, ${which} ${rows} rows: ${seconds.toFixed(2)} CPU-seconds a stream`);
    const value = { value: (seconds * 1e6) / rows, unit: "CPU-s" };
    figures.push(figure(`over sockets, ${which} ${rows.toLocaleString("en-US")} rows/${overSockets}`, rows, value));
  };
  add(lengths[0].rows, await spentOn(server, ground, { ...lengths[0], streams: 1 }), "the first stream of a process,");
  await spentOn(server, ground, lengths[1]);
  for (const length of lengths) {
    add(length.rows, (await spentOn(server, ground, length)) / length.streams, "a stream of");
  }
  return figures;
}

function inProcess(): readonly Figure[] {
  const node = ["--expose-gc", "--max-semi-space-size=4", "benchmarks/flat-run.ts"];
  const program = [...node, String(simulatedMost), String(simulatedSeconds)];
  const lines = String(execFileSync(process.execPath, program, { stdio: ["ignore", "pipe", "inherit"] })).trim();
  const marks = lines.split("\n").map((line) => JSON.parse(line) as Mark);
  return marks.flatMap((mark, nth) => {
    const before = marks[nth - 1] ?? { rows: 0, cpuSeconds: 0 };
    const each = (mark.cpuSeconds - before.cpuSeconds) / (mark.rows - before.rows);
    console.error(`flat, simulated ${mark.rows} rows: ${mark.cpuSeconds.toFixed(1)} CPU-seconds`);
    const name = `simulated, row ${mark.rows.toLocaleString("en-US")}`;
    return [
      figure(`${name}/${simulated}`, mark.rows, { value: each * 1e6, unit: "CPU-s" }),
      figure(`${name}/${held}`, mark.rows, { value: mark.heapMiB, unit: "MiB" }),
    ];
  });
}

function plots(figures: readonly Figure[]): Readonly<Record<string, Plot>> {
  const pointsOf = (start: string, what: string): readonly (readonly [number, number])[] =>
    figures
      .filter(({ name }) => name.startsWith(`flat/${start}`) && name.endsWith(`/${what}`))
      .map(({ settings, value }) => [Number(settings["rows"]), value]);
  const x = { label: "rows of the stream", scale: "log" } as const;
  return {
    cost: {
      title: "What a row costs by the length of its stream",
      kind: "lines",
      x,
      y: { label: "CPU-seconds per million rows" },
      series: [
        { name: "over sockets, twelve columns", points: pointsOf("over sockets, a stream", overSockets) },
        { name: "simulated, two columns: rows since the mark before", points: pointsOf("simulated", simulated) },
      ],
      source: "node benchmarks/main.ts flat · bulk UPSERT · the simulation has neither sockets nor TLS",
    },
    held: {
      title: "What a stream holds after so many rows",
      kind: "lines",
      x,
      y: { label: "MiB of heap and buffers after a collection, simulated" },
      series: [{ name: held, points: pointsOf("simulated", held) }],
      source: "node benchmarks/main.ts flat",
    },
  };
}

export const flat: Question = {
  name: "flat",
  about: `Does a row cost the same, however many there were before it? Over sockets, as in \`engine\`: bulk UPSERT of the twelve columns to a sink, TLS on both sides, streams
of 10,000 to 3,000,000 rows through one server that is warm, and the first stream of a process beside them. Beyond that it is simulated: one stream through the server's
publishing, scheduling and transport in one process, on virtual time and without sockets, of record batches of two columns (a key and a number) that are made as they are
needed, every row with a key of its own, to a service that answers each bulk request after a virtual second. Its cost is that of the rows since the mark before, the making of
record batches included; what it holds is heap and buffers after a collection. It ends with 100,000,000 rows or after ${simulatedSeconds} s of processor time: the last row says where.`,
  run: async () => [...(await measured()), ...inProcess()],
  plots,
};
