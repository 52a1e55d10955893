/** How much memory do long streams take, and many of them; a service that stalls, and a client that does not read? */
import { setTimeout } from "node:timers/promises";
import type { RowBytes } from "./bench-rows.ts";
import { rowsOf, settingsOf } from "./bench-rows.ts";
import type { ClientReport, Sending } from "./engine-run.ts";
import { commandOf, publish, total } from "./engine-run.ts";
import type { Figure, Question } from "./figures.ts";
import { significant } from "./figures.ts";
import { Ground } from "./ground.ts";
import type { Plot } from "./plot.ts";
import type { Program } from "./program.ts";

/** Of rows of 4 KiB, which take 4,000 bytes at least on average: the texts are drawn. */
const repeatsOfGiB = Math.ceil(2 ** 30 / (rowsOf[4096] * 4000));
const sampleMs = 500;
const stallAfterMs = 3000;
const stallMs = 20_000;
const goalMiB = 300;

interface Strain {
  readonly name: string;
  /** Of a row. */
  readonly bytes: RowBytes;
  /** Of the rows of the file, shared by all streams. */
  readonly repeat: number;
  /** At once; one when absent. */
  readonly streams?: number;
  /** One after the other, in one server; once when absent. */
  readonly times?: number;
  readonly sending?: Partial<Sending>;
  readonly stalls?: boolean;
}

const returnsAll = { ...commandOf({ mode: "UPSERT", way: "bulk" }), returning: "ALL" };
const strains: readonly Strain[] = [
  { name: "10 GiB through", bytes: 4096, repeat: 10 * repeatsOfGiB },
  { name: "a service that stalls for 20 s", bytes: 4096, repeat: repeatsOfGiB, stalls: true },
  {
    name: "a client that does not read for 20 s",
    bytes: 4096,
    repeat: repeatsOfGiB,
    sending: { unreadSeconds: stallMs / 1000, command: returnsAll },
  },
  { name: "10 million rows in a stream", bytes: 176, repeat: 10 },
  { name: "100 streams at once, six times", bytes: 512, repeat: 1, streams: 100, times: 6 },
];

interface Watch {
  readonly over: Promise<unknown>;
  readonly stalls: boolean | undefined;
}

interface Sample {
  /** Since the beginning. */
  readonly seconds: number;
  readonly residentMiB: number;
  /** Settled by the service. */
  readonly rows: number;
}

/** Until `over`; a service that stalls does so once. */
async function watch(server: Program, ground: Ground, { over, stalls }: Watch): Promise<readonly Sample[]> {
  const start = process.hrtime.bigint();
  const samples: Sample[] = [];
  let willStall = stalls === true;
  for (let isOver = false; !isOver; ) {
    isOver = await Promise.race([over.then(() => true), setTimeout(sampleMs, false)]);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    if (willStall && seconds * 1000 > stallAfterMs) {
      await ground.stall(stallMs);
      willStall = false;
    }
    const { operations } = await ground.counts();
    samples.push({ seconds, residentMiB: server.residentMiB, rows: operations });
  }
  if (willStall) throw new Error("The stream was over before the service could stall.");
  return samples;
}

async function measure(strain: Strain, ground: Ground): Promise<readonly Figure[]> {
  await ground.reset();
  await using server = await ground.serve();
  const { bytes, repeat, streams = 1, times = 1 } = strain;
  const over = publishInTurn(server, ground, { bytes, rows: rowsOf[bytes], repeat, streams, ...strain.sending }, times);
  const samples = await watch(server, ground, { over, stalls: strain.stalls });
  const reports = await over;
  const sent = rowsOf[bytes] * repeat * times;
  const { operations } = await ground.counts();
  const acknowledged = sumOf(reports, (report) => total(report, "acknowledged"));
  if (acknowledged !== sent || operations !== sent) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ sent, acknowledged, operations })}`);
  }
  const arrowBytes = sumOf(reports, (report) => report.arrowBytes);
  return figuresOf(strain, { samples, sent, peakMiB: server.peakMiB, arrowBytes });
}

function sumOf(reports: readonly ClientReport[], count: (report: ClientReport) => number): number {
  return reports.reduce((sum, report) => sum + count(report), 0);
}

/** Each time another run. */
async function publishInTurn(
  server: Program,
  { files }: Ground,
  sending: Omit<Sending, "command"> & Partial<Sending>,
  times: number,
): Promise<readonly ClientReport[]> {
  const reports: ClientReport[] = [];
  while (reports.length < times) {
    reports.push(await publish(server, files, { command: commandOf({ mode: "UPSERT", way: "bulk" }), ...sending }));
  }
  return reports;
}

interface Measured {
  readonly samples: readonly Sample[];
  readonly sent: number;
  readonly peakMiB: number;
  readonly arrowBytes: number;
}

/** As many points as a plot can show. */
const pointsMost = 80;
const sampled = "resident";

function figuresOf({ name }: Strain, { samples, sent, peakMiB, arrowBytes }: Measured): readonly Figure[] {
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `memory/${name}/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: settingsOf(sent),
  });
  const seconds = samples.at(-1)?.seconds ?? 0;
  console.error(`memory, ${name}: ${(arrowBytes / 2 ** 30).toFixed(1)} GiB, ${seconds.toFixed(0)} s, ${peakMiB} MiB`);
  const every = Math.ceil(samples.length / pointsMost);
  const series = samples
    .filter((_, nth) => nth % every === 0)
    .map((sample) => ({
      ...figure(sampled, sample.residentMiB, "MiB"),
      settings: {
        ...settingsOf(sent),
        second: significant(sample.seconds),
        GiB: significant((sample.rows / sent) * (arrowBytes / 2 ** 30)),
      },
    }));
  return [
    figure("peak memory", peakMiB, "MiB"),
    figure("Arrow bytes", arrowBytes / 2 ** 30, "GiB"),
    figure("time", seconds, "s"),
    ...series,
  ];
}

async function run(): Promise<readonly Figure[]> {
  await using ground = await Ground.prepare();
  const figures: Figure[] = [];
  for (const strain of strains) figures.push(...(await measure(strain, ground)));
  return figures;
}

function isSample({ name }: Figure): boolean {
  return name.endsWith(`/${sampled}`);
}

function plots(figures: readonly Figure[]): Readonly<Record<string, Plot>> {
  const seriesOf = (nth: number, x: "second" | "GiB") => ({
    name: strains[nth]?.name ?? "",
    points: figures
      .filter((figure) => isSample(figure) && figure.name.includes(`/${strains[nth]?.name}/`))
      .map(({ settings, value }) => [settings[x] ?? 0, value] as const),
  });
  const common = {
    kind: "lines",
    y: { label: "MiB resident" },
    mark: { y: goalMiB, label: `goal: ${goalMiB}` },
    source: "node benchmarks/main.ts memory · bulk UPSERT · VmRSS of the server every half second",
  } as const;
  return {
    through: {
      ...common,
      title: "Memory of the server while 10 GiB go through it",
      x: { label: "GiB of Arrow buffers written" },
      series: [seriesOf(0, "GiB")],
    },
    stalled: {
      ...common,
      title: "Memory of the server while one side stands still",
      x: { label: "seconds" },
      series: [seriesOf(1, "second"), seriesOf(2, "second")],
    },
    rows: {
      ...common,
      title: "Memory of the server for many rows, and for many streams",
      x: { label: "seconds" },
      series: [seriesOf(3, "second"), seriesOf(4, "second")],
    },
  };
}

export const memory: Question = {
  name: "memory",
  about: `How much memory does a stream take that is larger than any memory? Rows of 4 KiB (the twelve columns of \`engine\`, one of them a long text) by bulk UPSERT from
one pyarrow client, TLS on both sides, the server started as the Python package starts it; a file of 60,000 rows is sent again and again in one stream. Then 1 GiB
to a service that answers nothing for 20 s, 3 s after the start; and 1 GiB from a client that wants every row back (\`returning\` ALL) and does not read for its
first 20 s. Then ten million rows of 176 bytes in one stream; and 300,000 rows of 512 bytes in 100 streams at once, each over a connection of its own, six times through the
same server. Every row must be acknowledged and counted by the sink, or there are no figures. Peak memory is \`VmHWM\` of the server.`,
  run,
  tabled: (figure) => !isSample(figure),
  plots,
};
