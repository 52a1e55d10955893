import { RecordBatchReader } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../../server/arrow/message.ts";
import { encapsulated } from "../../../server/arrow/schema-writer.ts";
import { valuesOf } from "../../support/column-values.ts";
import { bool, int32, text } from "../../support/columns.ts";
import { decodeAll, goldenMessages } from "../../support/golden.ts";
import { batchOf, readAfter } from "../../support/messages.ts";

/** As an IPC stream has it: behind the marker and the length. */
function framed(header: Uint8Array, body: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(Int32Array.of(-1, header.byteLength).buffer);
  return Buffer.concat([prefix, header, body]);
}

describe("a written record batch", () => {
  it.each(["spark-types", "other-types", "large-types", "views"] as const)("%s: reads back as it was", (name) => {
    const { schema, batches } = decodeAll(goldenMessages(name));
    for (const { columns } of batches) {
      const arrival = readAfter(schema.fields, batchOf(...columns));
      expect(arrival.kind === "record_batch" && arrival.batch.columns.map(valuesOf)).toEqual(columns.map(valuesOf));
    }
  });

  it("is what another library reads", () => {
    const columns = [int32("n", [1, null, 3]), text("s", ["a", null, "ü"]), bool("b", [true, null, false])];
    const { header, body } = batchOf(...columns);
    const stream = Buffer.concat([encapsulated({ fields: columns.map(({ field }) => field) }), framed(header, body)]);
    const rows = [...RecordBatchReader.from(stream)].flatMap((batch) => batch.toArray().map((row) => row?.toJSON()));
    expect(rows).toEqual([
      { n: 1, s: "a", b: true },
      { n: null, s: null, b: null },
      { n: 3, s: "ü", b: false },
    ]);
  });

  it("has headers of whole words and bodies as long as declared", () => {
    const { header, body } = batchOf(text("s", ["a"]));
    expect([header.byteLength % 8, body.byteLength % 8]).toEqual([0, 0]);
    expect(() => readMessage(header, body.byteLength - 1)).toThrow("shorter than the message declares");
  });
});
