/** What does it cost to find a few bad rows that only the service can find? */
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";
import { rows } from "./numbered-rows.ts";
import type { Plot } from "./plot.ts";
import { placesOf, pricesOf, prove, recordBatches, schema, seed } from "./refused-rows.ts";
import { VirtualService } from "./virtual-service.ts";

const counts = [0, 1, 10, 100, 1000] as const;
const prices = pricesOf("part");
const rowsPerRequest = 1000;

interface Cost {
  /** Of execution. */
  readonly seconds: number;
  readonly requests: number;
}

/** The plain way: requests of 1,000 rows, and each that is refused again in halves. @param bad in ascending order. */
function halving(bad: readonly number[]): Cost {
  let [seconds, requests] = [0, 0];
  const send = (first: number, count: number): void => {
    const refused = bad.find((place) => place >= first && place < first + count);
    // A refused request ran up to its first bad row.
    const ran = refused === undefined ? count : refused - first + 1;
    seconds += prices.bulkRequest + prices.bulkRow * ran;
    requests += 1;
    if (refused === undefined || count === 1) return;
    const half = Math.floor(count / 2);
    send(first, half);
    send(first + half, count - half);
  };
  for (let first = 0; first < rows; first += rowsPerRequest) send(first, rowsPerRequest);
  return { seconds, requests };
}

async function publishing(places: ReadonlySet<number>): Promise<Cost> {
  const service = new VirtualService(schema, "failed=part");
  const bill = await service.publish(recordBatches(places), { rowKey: ["bench_code"] });
  prove(bill, service, places.size);
  const { bulk, batch, read } = bill.requests;
  return { seconds: bill.executionSeconds, requests: bulk + batch + read };
}

function figure(bad: number, what: string, { value, unit }: { value: number; unit: string }): Figure {
  const settings = { rows, seed, prices: "the emulator's --cost on", mode: "INSERT", node: process.version };
  const name = `failures/${bad} bad ${bad === 1 ? "row" : "rows"}/${what}`;
  return { name, value: significant(value), unit, ratio_to: null, ratio: null, settings };
}

async function run(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const clean = { ours: await publishing(new Set()), halving: halving([]) };
  for (const bad of counts) {
    const places = placesOf(bad);
    const ours = bad === 0 ? clean.ours : await publishing(places);
    const plain = halving([...places].sort((a, b) => a - b));
    const extra = { value: ours.seconds - clean.ours.seconds, unit: "s" };
    const plainExtra = figure(bad, "beyond clean rows, by halving", {
      value: plain.seconds - clean.halving.seconds,
      unit: "s",
    });
    console.error(`failures, ${bad} bad: ${ours.seconds.toFixed(1)} s, ${ours.requests} requests`);
    figures.push(
      figure(bad, "execution", { value: ours.seconds, unit: "s" }),
      figure(bad, "requests", { value: ours.requests, unit: "requests" }),
    );
    if (bad === 0) continue;
    figures.push(
      compared(figure(bad, "beyond clean rows", extra), plainExtra),
      plainExtra,
      figure(bad, "requests beyond clean rows", { value: ours.requests - clean.ours.requests, unit: "requests" }),
      figure(bad, "requests beyond clean rows, by halving", {
        value: plain.requests - clean.halving.requests,
        unit: "requests",
      }),
    );
  }
  return figures;
}

function plots(figures: readonly Figure[]): Readonly<Record<string, Plot>> {
  const pointsOf = (what: string): readonly (readonly [number, number])[] =>
    figures
      .filter(({ name }) => name.endsWith(`/${what}`))
      .map(({ name, value }) => [Number(/\/(\d+) bad/.exec(name)?.[1]), value]);
  return {
    seconds: {
      title: "To isolate bad rows among 100,000 that only the service finds",
      kind: "lines",
      x: { label: "bad rows", scale: "log" },
      y: { label: "seconds of execution beyond those of clean rows", scale: "log" },
      series: [
        { name: "strategy AUTO", points: pointsOf("beyond clean rows") },
        { name: "1,000 a request, halved when refused", points: pointsOf("beyond clean rows, by halving") },
      ],
      source:
        "node benchmarks/main.ts failures · virtual time, the emulator's prices: a bulk request 60 ms and 8 ms a row",
    },
  };
}

export const failures: Question = {
  name: "failures",
  about: `What does it cost to find a few bad rows that only the service can find? The rows, the table and the prices of \`splitting\`, a refused request charged up to
its first bad row, with an exact number of bad rows anywhere among the 100,000; the server does not know how many. Seconds are execution as the emulator's ledger
charged it, and what is beyond the same rows without a bad one. Beside it, computed from the same prices and places: requests of 1,000 rows, each refused one sent
again in halves down to the single row.`,
  run,
  plots,
};
