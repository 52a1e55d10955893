import { expect, it, describe as suite } from "vitest";
import { StreamDecoder } from "../../../server/arrow/decode.ts";
import { describe } from "../../../server/arrow/describe.ts";
import { batchValues } from "../../support/column-values.ts";
import type { WireMessage } from "../../support/golden.ts";
import { decodeAll, goldenExpected, goldenMessages, goldenNames } from "../../support/golden.ts";

function messageAt(name: Parameters<typeof goldenMessages>[0], index: number): WireMessage {
  const message = goldenMessages(name)[index];
  if (message === undefined) throw new Error(`${name} has no message ${index}.`);
  return message;
}

const schemaMessage = messageAt("small", 0);
const batchMessage = messageAt("small", 1);

suite("golden streams of pyarrow", () => {
  it.each(goldenNames)("%s: every value arrives exact", (name) => {
    expect(decodeAll(goldenMessages(name)).batches.map(batchValues)).toEqual(goldenExpected(name).batches);
  });

  it("names every type of a Spark frame as pyarrow does", () => {
    const { schema } = decodeAll(goldenMessages("spark-types"));
    const named = schema.fields.map(({ name, type, children }) => ({ name, type: describe(type, children) }));
    expect(named).toEqual(
      goldenExpected("spark-types").columns.map(({ name, type }) => ({ name, type: type.replace(" ('entries')", "") })),
    );
  });
});

suite("a body as gRPC cuts it", () => {
  it.each([1, 3, 4, 5])("is read at %i bytes past an aligned address", (shift) => {
    const shifted = goldenMessages("spark-types").map(({ header, body }) => {
      const room = new Uint8Array(shift + body.byteLength);
      room.set(body, shift);
      return { header, body: room.subarray(shift) };
    });
    expect(decodeAll(shifted).batches.map(batchValues)).toEqual(goldenExpected("spark-types").batches);
  });

  it("is read from a pooled Buffer, whose slice is no copy", () => {
    const pooled = goldenMessages("spark-types").map(({ header, body }) => {
      const room = Buffer.alloc(body.byteLength + 1);
      room.set(body, 1);
      return { header: Buffer.from(header), body: room.subarray(1) };
    });
    expect(decodeAll(pooled).batches.map(batchValues)).toEqual(goldenExpected("spark-types").batches);
  });
});

/** The memory that the columns of a batch lie in, when its body has so many bytes in front of it. */
function memoryOf(before: number): number {
  const decoder = new StreamDecoder();
  decoder.read(schemaMessage.header, schemaMessage.body);
  const room = new Uint8Array(before + batchMessage.body.byteLength);
  room.set(batchMessage.body, before);
  const arrival = decoder.read(batchMessage.header, room.subarray(before));
  const column = arrival.kind === "record_batch" ? arrival.batch.columns[0] : undefined;
  return column?.values.buffer.byteLength ?? 0;
}

suite("the memory that a record batch keeps", () => {
  const { byteLength } = batchMessage.body;

  it("is that of its message, without a copy", () => {
    expect(memoryOf(4)).toBe(byteLength + 4);
  });

  it("is its own, where a small message lies in the buffer of a large read", () => {
    expect(memoryOf(65_536)).toBe(byteLength);
  });
});

suite("a record batch whose rows have settled", () => {
  const decoder = new StreamDecoder();
  decoder.read(schemaMessage.header, schemaMessage.body);
  /** A body of so many bytes with the batch at its beginning. */
  const freed = (length: number): { memory: Uint8Array; free: () => void } => {
    const memory = new Uint8Array(length);
    memory.set(batchMessage.body);
    const arrival = decoder.read(batchMessage.header, memory);
    const batch = arrival.kind === "record_batch" ? arrival.batch : undefined;
    return { memory, free: () => batch?.free?.() };
  };

  it("gives a large body back at once, and twice as well as once", () => {
    const { memory, free } = freed(1 << 20);
    free();
    free();
    expect(memory.byteLength).toBe(0);
  });

  it("leaves a small body alone: others may lie in the same memory", () => {
    const { memory, free } = freed(batchMessage.body.byteLength);
    free();
    expect(memory.byteLength).toBeGreaterThan(0);
  });
});

suite("the order of messages", () => {
  it("refuses a second schema", () => {
    const decoder = new StreamDecoder();
    decoder.read(schemaMessage.header, schemaMessage.body);
    expect(() => decoder.read(schemaMessage.header, schemaMessage.body)).toThrow(
      expect.objectContaining({ code: "schema_changed" }),
    );
  });

  it("refuses a record batch before the schema", () => {
    const decoder = new StreamDecoder();
    expect(() => decoder.read(batchMessage.header, batchMessage.body)).toThrow(
      expect.objectContaining({ code: "malformed_arrow" }),
    );
  });

  it("refuses a record batch of another schema", () => {
    const decoder = new StreamDecoder();
    decoder.read(schemaMessage.header, schemaMessage.body);
    const other = messageAt("large-types", 1);
    expect(() => decoder.read(other.header, other.body)).toThrow(expect.objectContaining({ code: "malformed_arrow" }));
  });
});

suite("dictionaries", () => {
  it("that two columns of different types share are refused, whatever the first is decoded as", () => {
    const [schema] = goldenMessages("nested-dictionaries");
    const header = schema?.header ?? new Uint8Array(0);
    const codes = [...header.keys()].flatMap((at) => {
      // Ids 0 and 1 become one somewhere among these flips.
      const view = new StreamDecoder();
      try {
        view.read(header.with(at, (header[at] ?? 0) ^ 1), new Uint8Array(0));
        return [];
      } catch (error) {
        return [error instanceof Error ? error.message : ""];
      }
    });
    expect(codes).toContain("Two columns of different types share a dictionary.");
  });

  it("that belong to no column are refused", () => {
    const decoder = new StreamDecoder();
    decoder.read(schemaMessage.header, schemaMessage.body);
    const other = messageAt("dictionaries", 1);
    expect(() => decoder.read(other.header, other.body)).toThrow("A dictionary belongs to no column of the schema.");
  });
});

suite("a compressed body", () => {
  it("is refused with the way out", () => {
    const [schema, batch] = goldenMessages("compressed");
    const decoder = new StreamDecoder();
    decoder.read(schema?.header ?? new Uint8Array(0), new Uint8Array(0));
    expect(() => decoder.read(batch?.header ?? new Uint8Array(0), batch?.body ?? new Uint8Array(0))).toThrow(
      expect.objectContaining({ code: "malformed_arrow", remedy: expect.stringContaining("without compression") }),
    );
  });
});

suite("what a batch holds in memory", () => {
  it("is its body where columns are views of it", () => {
    const { batches } = decodeAll(goldenMessages("small"));
    expect(batches[0]?.bytes).toBe(batchMessage.body.byteLength);
  });

  it("is more where views were resolved", () => {
    const { batches } = decodeAll(goldenMessages("views"));
    expect(batches[0]?.bytes).toBeGreaterThan(messageAt("views", 1).body.byteLength);
  });
});
