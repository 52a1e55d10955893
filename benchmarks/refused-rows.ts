/** A table whose plug-in refuses some of the rows that are inserted, which no client can know beforehand. */
import type { RecordBatch } from "../server/arrow/columns.ts";
import { referencePrices } from "../test/emulator/limits/cost.ts";
import { int32, text } from "../test/support/columns.ts";
import { seededRandom } from "../test/support/virtual-clock.ts";
import type { Prices } from "./best-splitting.ts";
import { codeOf, recordBatchesOf, rows } from "./numbered-rows.ts";
import type { Bill, VirtualService } from "./virtual-service.ts";

export const seed = 1;

/** Nothing that metadata says tells a client which rows a plug-in refuses. */
export const schema = `
tables:
  bench_row:
    primary_name: bench_code
    columns:
      bench_code: {type: text, max_length: 100}
      bench_note: {type: text, max_length: 100}
      bench_count: {type: integer}
    keys:
      bench_key: [bench_code]
    refuse_when:
      - {column: bench_note, equals: refused, code: "0x80040265", message: A plug-in refuses this row.}
`;

export function pricesOf(failed: Prices["failed"]): Prices {
  const { bulk, "bulk-row": bulkRow, batch, operation } = referencePrices;
  return {
    bulkRequest: bulk / 1000,
    bulkRow: bulkRow / 1000,
    batchRequest: batch / 1000,
    batchRow: operation / 1000,
    failed,
  };
}

/** Exactly so many bad rows, anywhere. */
export function placesOf(bad: number): ReadonlySet<number> {
  const random = seededRandom(seed);
  const places = new Set<number>();
  while (places.size < Math.min(bad, rows)) places.add(bad === rows ? places.size : Math.floor(random() * rows));
  return places;
}

export function recordBatches(bad: ReadonlySet<number>): readonly RecordBatch[] {
  return recordBatchesOf((numbers) => [
    text("bench_code", numbers.map(codeOf)),
    text(
      "bench_note",
      numbers.map((number) => (bad.has(number) ? "refused" : `note ${number}`)),
    ),
    int32("bench_count", numbers),
  ]);
}

/** @throws Error unless the service has each good row once and no bad one, and each bad one was told. */
export function prove({ summary }: Bill, service: VirtualService, bad: number): void {
  const { rows: held, creates } = service.emulator.counts().tables["bench_row"] ?? { rows: 0, creates: 0 };
  const good = rows - bad;
  if (held !== good || creates !== good || summary.acknowledged !== good || summary.failed !== bad) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ held, creates, good, bad, summary })}`);
  }
}
