import { describe, expect, it } from "vitest";
import type { Column, RecordBatch } from "../../../server/arrow/columns.ts";
import { StreamDecoder } from "../../../server/arrow/decode.ts";
import { layoutOf } from "../../../server/arrow/layout.ts";
import { nestedValuesMax, resolvedBytesMax, rowsMax } from "../../../server/arrow/limits.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import { valuesOf } from "../../support/column-values.ts";
import type { GoldenName, WireMessage } from "../../support/golden.ts";
import { goldenMessages } from "../../support/golden.ts";

const refusals = new Set(["malformed_arrow", "limit_exceeded", "schema_mismatch", "schema_changed"]);

function hasSoundOffsets({ rows, values, offsets, children, field }: Column): boolean {
  const { kind } = layoutOf(field.type);
  if (kind !== "bytes" && kind !== "list") return true;
  const end = kind === "bytes" ? values.byteLength : (children[0]?.rows ?? 0);
  return offsets.length === rows + 1 && offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 0) && offset <= end);
}

/** The contract of a column, checked without trust in the decoder. */
function isSound(column: Column): boolean {
  const { rows, validity, values, children } = column;
  const layout = layoutOf(column.field.type);
  const valueBytes = layout.kind === "fixed" ? rows * layout.width : layout.kind === "bits" ? rows / 8 : 0;
  return (
    rows <= nestedValuesMax &&
    (validity?.byteLength ?? rows) >= rows / 8 &&
    values.byteLength >= valueBytes &&
    hasSoundOffsets(column) &&
    children.every(isSound)
  );
}

function checkBatch(batch: RecordBatch): void {
  expect(batch.rows).toBeLessThanOrEqual(rowsMax);
  expect(batch.bytes).toBeLessThanOrEqual(resolvedBytesMax);
  for (const column of batch.columns) {
    expect(column.rows).toBe(batch.rows);
    expect(isSound(column)).toBe(true);
    // Strict about UTF-8, so it throws where the decoder let something through.
    if (column.rows < 100) valuesOf(column);
  }
}

/** Whether the stream was read to its end; anything but a refusal of ours or sound batches fails the test. */
function read(messages: readonly WireMessage[]): "read" | "refused" {
  const decoder = new StreamDecoder();
  for (const { header, body } of messages) {
    try {
      const arrival = decoder.read(header, body);
      if (arrival.kind === "record_batch") checkBatch(arrival.batch);
    } catch (error) {
      if (error instanceof SidecarError && refusals.has(error.code)) return "refused";
      throw error;
    }
  }
  return "read";
}

type Part = keyof WireMessage;

/** Flips every bit of one part of one message in turn, the rest of the stream being whole. */
function sweep(name: GoldenName, index: number, part: Part): { refused: number; read: number } {
  const messages = goldenMessages(name);
  const bytes = messages[index]?.[part] ?? new Uint8Array(0);
  const counts = { refused: 0, read: 0 };
  for (let bit = 0; bit < 8 * bytes.byteLength; bit++) {
    const at = bit >> 3;
    const whole = bytes[at] ?? 0;
    bytes[at] = whole ^ (1 << (bit & 7));
    counts[read(messages)] += 1;
    bytes[at] = whole;
  }
  return counts;
}

const streams: readonly GoldenName[] = ["small", "dictionaries", "large-types", "views", "nested-dictionaries"];
const parts = streams.flatMap((name) =>
  goldenMessages(name).flatMap((message, index) =>
    (["header", "body"] as const).filter((part) => message[part].byteLength > 0).map((part) => ({ name, index, part })),
  ),
);

describe("one flipped bit", () => {
  it.each(parts)(
    "in message $index of $name, $part: ends as a refusal or as sound batches",
    ({ name, index, part }) => {
      const counts = sweep(name, index, part);
      const bytes = goldenMessages(name)[index]?.[part].byteLength ?? 0;
      expect(counts.refused + counts.read).toBe(8 * bytes);
    },
  );

  it("in a header is refused more often than not, so that the sweep does reach the defences", () => {
    const { refused, read: passed } = sweep("small", 1, "header");
    expect(refused).toBeGreaterThan(passed / 2);
  });
});

describe("a message cut short", () => {
  it.each(streams)("%s: ends as a refusal or as sound batches", (name) => {
    const messages = goldenMessages(name);
    for (const [index, { header, body }] of messages.entries()) {
      for (let length = 0; length < header.byteLength; length++) {
        expect(["read", "refused"]).toContain(read(messages.with(index, { header: header.subarray(0, length), body })));
      }
      for (let length = 0; length < body.byteLength; length++) {
        expect(read(messages.with(index, { header, body: body.subarray(0, length) }))).toBe("refused");
      }
    }
  });
});
