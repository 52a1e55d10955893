/** What does a retry cost that finds its whole partition written already? */
import type { PublishRequest } from "../server/dataverse/request.ts";
import { float64, int32, text } from "../test/support/columns.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";
import { codeOf, recordBatchesOf, rows } from "./numbered-rows.ts";
import type { Bill } from "./virtual-service.ts";
import { VirtualService } from "./virtual-service.ts";

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

/** @throws Error unless each row was written once, by the first attempt, and the attempt acknowledged each. */
function prove(service: VirtualService, { summary }: Bill): void {
  const { rows: held, creates, updates } = service.emulator.counts().tables["bench_row"] ?? {};
  const isOnce = held === rows && creates === rows && updates === 0;
  if (!isOnce || summary.acknowledged !== rows) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ held, creates, updates, summary })}`);
  }
}

async function measure(mode: "insert" | "upsert"): Promise<readonly Figure[]> {
  const service = new VirtualService(schema, "on");
  const batches = recordBatchesOf((numbers) => [
    text("bench_code", numbers.map(codeOf)),
    text(
      "bench_note",
      numbers.map((number) => `note ${number}`),
    ),
    int32("bench_count", numbers),
    float64(
      "bench_price",
      numbers.map((number) => number / 4),
    ),
  ]);
  const publish = async (attempt: number): Promise<Bill> => {
    const bill = await service.publish(batches, { ...commands[mode], attempt });
    prove(service, bill);
    console.error(`retry, ${mode}, attempt ${attempt}: ${bill.executionSeconds.toFixed(1)} s`);
    return bill;
  };
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `retry/${mode}/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: { rows, prices: "the emulator's --cost on", node: process.version },
  });
  const execution = (what: string, bill: Bill): Figure => figure(`${what}/execution`, bill.executionSeconds, "s");
  const written = execution("first attempt", await publish(1));
  const again = await publish(2);
  const { bulk, batch, read } = again.requests;
  service.restart();
  const anew = await publish(3);
  return [
    written,
    compared(execution("second attempt", again), written),
    figure("second attempt/requests", bulk + batch + read, "requests"),
    compared(execution("third attempt, server started anew", anew), written),
  ];
}

export const retry: Question = {
  name: "retry",
  about: `What does a retry cost that finds its whole partition written already? 100,000 rows are published three times to a standard table, each time as
a later attempt of the same run and partition, as Spark does whose task died after its last row. Publishing and transport run against the
emulator on virtual time, as in \`splitting\`; execution is what the emulator's ledger charged (a read 40 ms, a query in a \`$batch\` 30 ms). Each attempt
must acknowledge every row, and the service must hold each once. The third attempt meets a server that was started anew and remembers nothing: an
insert is told by the first duplicate, an upsert by a look at its first rows.`,
  run: async () => [...(await measure("insert")), ...(await measure("upsert"))],
};
