/** How much dearer than the best possible are rows of which the service refuses some, for whoever does not know how many? */
import type { Prices } from "./best-splitting.ts";
import { bestSecondsPerRow } from "./best-splitting.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";
import { rows } from "./numbered-rows.ts";
import { placesOf, pricesOf, prove, recordBatches, schema, seed } from "./refused-rows.ts";
import { VirtualService } from "./virtual-service.ts";

type Charge = Prices["failed"];
/** Percent of bad rows; how a refused request is charged matters only between the extremes. */
const densities: Readonly<Record<Charge, readonly number[]>> = {
  part: [0, 0.01, 0.1, 1, 3, 10, 100],
  whole: [0.1, 1, 3],
};

async function measure(percent: number, failed: Charge): Promise<readonly Figure[]> {
  const bad = Math.round((rows * percent) / 100);
  const service = new VirtualService(schema, `failed=${failed}`);
  const bill = await service.publish(recordBatches(placesOf(bad)), { rowKey: ["bench_code"] });
  prove(bill, service, bad);
  const { bulk, batch, read } = bill.requests;
  const best = rows * bestSecondsPerRow(percent / 100, pricesOf(failed));
  console.error(
    `splitting, ${percent} % bad, ${failed}: ${bill.executionSeconds.toFixed(0)} s, best ${best.toFixed(0)} s, ` +
      `${bulk} bulk, ${batch} $batch, ${read} read; ${bill.summary.strategy}`,
  );
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `splitting/${percent} % bad/refused request charged ${failed === "part" ? "in part" : "whole"}/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: { rows, seed, prices: "the emulator's --cost on", mode: "INSERT", node: process.version },
  });
  const spent = figure("execution", bill.executionSeconds, "s");
  const least = figure("best execution", best, "s");
  return [
    compared(spent, least),
    least,
    figure("share of the best", (100 * best) / bill.executionSeconds, "%"),
    figure("bulk requests", bulk, "requests"),
    figure("$batch requests", batch, "requests"),
  ];
}

async function run(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const failed of ["part", "whole"] as const) {
    for (const percent of densities[failed]) figures.push(...(await measure(percent, failed)));
  }
  return figures;
}

export const splitting: Question = {
  name: "splitting",
  about: `How much dearer than the best possible are rows of which the service refuses some? 100,000 rows are inserted into a standard table, where one bad row
undoes its whole bulk request; a plug-in refuses the bad ones, which stand anywhere, and the server does not know how many there are nor what
requests cost. Its publishing and transport run against the emulator in one process and on virtual time (\`--cost on\`: a bulk request 60 ms
and 8 ms a row, a \`$batch\` 20 ms and 30 ms an operation, 60 ms there and back). Execution is what the emulator's ledger charged, all
requests together; a refused bulk request is charged up to its first bad row, or whole. The best is computed by \`best-splitting.ts\`,
which is told the density and the prices: nested group testing by a dynamic programme, requests of up to 1,000 rows, and no \`$batch\` that
is not full. A run in which the service
does not hold each good row once, or a bad row was not told, ends the benchmark.`,
  run,
};
