import { describe, expect, it } from "vitest";
import type { Field } from "../../../server/arrow/columns.ts";
import { StreamDecoder } from "../../../server/arrow/decode.ts";
import { Answer } from "../../../server/flight/answer.ts";
import { readFlightData } from "../../../server/flight/messages.ts";

const field = (name: string, type: Field["type"], children: readonly Field[] = []): Field => ({
  name,
  type,
  nullable: true,
  children,
});
const item = field("item", { kind: "utf8", large: false });
const input = {
  fields: [
    field("text", { kind: "utf8", large: true }),
    field("list", { kind: "list", large: false }, [item]),
    field("struct", { kind: "struct" }, [item]),
    field("nothing", { kind: "null" }),
  ],
};
const progress = { received: 1, acknowledged: 0, failed: 0, inFlight: 1, rowsPerSecond: 0 };

describe("Answer", () => {
  it("puts progress on a record batch without rows, whatever the columns are", () => {
    const answer = new Answer(input);
    const decoder = new StreamDecoder();
    decoder.read(readFlightData(answer.schema()).header, Buffer.alloc(0));
    const message = readFlightData(answer.progress(progress));
    expect(decoder.read(message.header, message.body)).toMatchObject({ kind: "record_batch", batch: { rows: 0 } });
    expect(JSON.parse(String(message.metadata))).toEqual({ progress });
  });

  it("has the outcome columns alone when no input column is known", () => {
    const arrival = new StreamDecoder().read(readFlightData(new Answer(undefined).schema()).header, Buffer.alloc(0));
    expect(arrival).toMatchObject({ kind: "schema", schema: { fields: { length: 12 } } });
  });

  it("refuses an input column that is called like an outcome column", () => {
    const clash = { fields: [field("_dv_row", { kind: "bool" })] };
    expect(() => new Answer(clash)).toThrow(expect.objectContaining({ code: "schema_mismatch" }));
  });
});
