/** What does a retry cost that finds its whole partition written already? */
import type { RecordBatch } from "../server/arrow/columns.ts";
import type { PublishRequest } from "../server/dataverse/request.ts";
import { float64, int32, recordBatch, text } from "../test/support/columns.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";
import type { Bill } from "./virtual-service.ts";
import { VirtualService } from "./virtual-service.ts";

const rows = 100_000;
const rowsPerBatch = 10_000;

const schema = `
tables:
  bench_row:
    primary_name: bench_code
    columns:
      bench_code: {type: text, max_length: 100}
      bench_note: {type: text, max_length: 100}
      bench_count: {type: integer}
      bench_price: {type: float, precision: 2}
    keys:
      bench_key: [bench_code]
`;

const commands: Readonly<Record<"insert" | "upsert", Partial<PublishRequest>>> = {
  insert: { mode: "INSERT", rowKey: ["bench_code"] },
  upsert: { mode: "UPSERT", matchOn: ["bench_code"] },
};

function recordBatches(): readonly RecordBatch[] {
  return Array.from({ length: rows / rowsPerBatch }, (_, nth) => {
    const places = Array.from({ length: rowsPerBatch }, (_none, at) => nth * rowsPerBatch + at);
    return recordBatch(
      text(
        "bench_code",
        places.map((place) => `K-${place}`),
      ),
      text(
        "bench_note",
        places.map((place) => `note ${place}`),
      ),
      int32("bench_count", places),
      float64(
        "bench_price",
        places.map((place) => place / 4),
      ),
    );
  });
}

/** @throws Error unless each row was written once, by the first attempt, and the second one acknowledged each. */
function prove(service: VirtualService, [first, again]: readonly [Bill, Bill]): void {
  const { rows: held, creates, updates } = service.emulator.counts().tables["bench_row"] ?? {};
  const acknowledged = [first, again].map(({ summary }) => summary.acknowledged);
  if (held !== rows || creates !== rows || updates !== 0 || acknowledged.some((count) => count !== rows)) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ held, creates, updates, acknowledged })}`);
  }
}

async function measure(mode: "insert" | "upsert"): Promise<readonly Figure[]> {
  const service = new VirtualService(schema, "on");
  const batches = recordBatches();
  const first = await service.publish(batches, { ...commands[mode], attempt: 1 });
  const again = await service.publish(batches, { ...commands[mode], attempt: 2 });
  prove(service, [first, again]);
  console.error(`retry, ${mode}: ${first.executionSeconds.toFixed(0)} s, again ${again.executionSeconds.toFixed(1)} s`);
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `retry/${mode}/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: { rows, prices: "the emulator's --cost on", node: process.version },
  });
  const written = figure("first attempt/execution", first.executionSeconds, "s");
  const { bulk, batch, read } = again.requests;
  return [
    written,
    compared(figure("second attempt/execution", again.executionSeconds, "s"), written),
    figure("second attempt/requests", bulk + batch + read, "requests"),
  ];
}

export const retry: Question = {
  name: "retry",
  about: `What does a retry cost that finds its whole partition written already? 100,000 rows are published twice to a standard table, the second time as
a later attempt of the same run and partition, as Spark does whose task died after its last row. Publishing and transport run against the
emulator on virtual time, as in \`splitting\`; execution is what the emulator's ledger charged (a read 40 ms, a query in a \`$batch\` 30 ms). Both attempts
must acknowledge every row, and the service must have written each once and updated none.`,
  run: async () => [...(await measure("insert")), ...(await measure("upsert"))],
};
