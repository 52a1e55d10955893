/** The bytes of a publish stream's answer, message by message. */
import type { RecordBatch, Schema } from "../arrow/columns.ts";
import { emptyColumn } from "../arrow/concat.ts";
import { outcomeMessages, outcomeSchema } from "../arrow/outcome-rows.ts";
import { writeRecordBatch } from "../arrow/record-batch-writer.ts";
import { schemaHeader } from "../arrow/schema-writer.ts";
import type { Progress, SettledRow, Summary } from "../publish/publication.ts";
import { writeProgress, writeSummary } from "./events.ts";
import { writeFlightData } from "./messages.ts";

export class Answer {
  readonly #schema: Schema;

  /**
   * @param input undefined if the client never named its columns.
   * @throws SidecarError schema_mismatch if an input column has the name of an outcome column.
   */
  constructor(input: Schema | undefined) {
    this.#schema = outcomeSchema(input);
  }

  schema(): Buffer {
    return writeFlightData({ header: schemaHeader(this.#schema) });
  }

  rows(batch: RecordBatch, settled: readonly SettledRow[]): readonly Buffer[] {
    return outcomeMessages(batch, settled).map((message) => writeFlightData(message));
  }

  /** Rides on a record batch without rows: at a message without a batch `read_all()` would stop, and lose the rows behind it. */
  progress(progress: Progress): Buffer {
    const empty = writeRecordBatch(this.#schema.fields.map(emptyColumn), 0);
    return writeFlightData({ ...empty, metadata: writeProgress(progress) });
  }

  summary(summary: Summary): Buffer {
    return writeFlightData({ metadata: writeSummary(summary) });
  }
}
