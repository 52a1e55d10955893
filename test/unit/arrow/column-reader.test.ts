import { describe, expect, it } from "vitest";
import type { Column } from "../../../server/arrow/columns.ts";
import { nestedValuesMax } from "../../../server/arrow/limits.ts";
import type { Encoded } from "../../../server/arrow/record-batch-writer.ts";
import { valuesOf } from "../../support/column-values.ts";
import { bool, column, fixedBinary, int32, int64, list, text } from "../../support/columns.ts";
import { batchOf, bufferAt, codeOf, nodeAt, readAfter, withBody, withInt64 } from "../../support/messages.ts";

const numbers = int32("n", [1, null, 3]);
const words = text("s", ["a", null, "ccc"]);

function codeAfter(one: Column, change: (whole: Encoded) => Encoded): unknown {
  return codeOf(() => readAfter([one.field], change(batchOf(one))));
}

describe("a record batch that contradicts itself is refused:", () => {
  it.each<[string, Column, (whole: Encoded) => Encoded]>([
    ["a column with fewer rows than the batch", numbers, (whole) => withInt64(whole, nodeAt(0), 2n)],
    ["a validity too short for the rows", numbers, (whole) => withInt64(whole, bufferAt(whole, 0) + 8, 0n)],
    ["values too short for the rows", numbers, (whole) => withInt64(whole, bufferAt(whole, 1) + 8, 11n)],
    ["bits too short for the rows", bool("b", [true, false]), (whole) => withInt64(whole, bufferAt(whole, 1) + 8, 0n)],
    ["offsets too short for the rows", words, (whole) => withInt64(whole, bufferAt(whole, 1) + 8, 12n)],
    ["a buffer outside of the body", numbers, (whole) => withInt64(whole, bufferAt(whole, 1), 16n)],
    ["a buffer at 2^53", numbers, (whole) => withInt64(whole, bufferAt(whole, 1), 2n ** 53n)],
    ["a null count that is not what the validity says", numbers, (whole) => withInt64(whole, nodeAt(0) + 8, 2n)],
    ["nulls without a validity", int32("n", [1, 2, 3]), (whole) => withInt64(whole, nodeAt(0) + 8, 1n)],
    ["offsets that descend", words, (whole) => withBody(whole, (view) => view.setInt32(8 + 4, 9, true))],
    ["a first offset below 0", words, (whole) => withBody(whole, (view) => view.setInt32(8, -1, true))],
    ["offsets past the values", words, (whole) => withBody(whole, (view) => view.setInt32(8 + 12, 5, true))],
    ["text that is not UTF-8", words, (whole) => withBody(whole, (view) => view.setUint8(24, 0xff))],
  ])("%s", (_, one, change) => {
    expect(codeAfter(one, (whole) => whole)).toBeUndefined();
    expect(codeAfter(one, change)).toBe("malformed_arrow");
  });

  it("a column more than the schema has", () => {
    expect(codeOf(() => readAfter([numbers.field], batchOf(numbers, words)))).toBe("malformed_arrow");
  });

  it("a column less than the schema has", () => {
    expect(codeOf(() => readAfter([numbers.field, words.field], batchOf(numbers)))).toBe("malformed_arrow");
  });

  it("a list that reaches past its items", () => {
    const lists = list("l", [[1, 2], [3]], (items) => int32("item", items));
    const change = (whole: Encoded): Encoded => withBody(whole, (view) => view.setInt32(8, 4, true));
    expect(codeAfter(lists, change)).toBe("malformed_arrow");
  });

  it("a struct whose child has another number of rows", () => {
    const struct = column("s", { kind: "struct" }, [0, 0], { children: [int32("a", [1, 2])] });
    expect(codeAfter(struct, (whole) => withInt64(whole, nodeAt(1), 1n))).toBe("malformed_arrow");
  });

  it("a large offset past 2 GiB", () => {
    const large = text("s", ["a", "b"], { large: true });
    const change = (whole: Encoded): Encoded => withBody(whole, (view) => view.setBigInt64(16, 2n ** 31n, true));
    expect(codeAfter(large, (whole) => whole)).toBeUndefined();
    expect(codeAfter(large, change)).toBe("malformed_arrow");
  });
});

describe("a place past what can be addressed", () => {
  it("is named: a buffer that is cut off by the body's end is not read as a shorter one", () => {
    const bytes = text("s", ["abcd"]);
    const longer = withInt64(batchOf(bytes), bufferAt(batchOf(bytes), 2) + 8, 9n);
    expect(() => readAfter([bytes.field], longer)).toThrow("A buffer lies outside of the body.");
  });

  it("is refused: an offset of 2^32 is no offset of 0", () => {
    const large = text("s", ["", ""], { large: true });
    const wrapped = withBody(batchOf(large), (view) => view.setBigInt64(16, 2n ** 32n, true));
    expect(codeOf(() => readAfter([large.field], wrapped))).toBe("malformed_arrow");
  });
});

describe("what little bytes may cost", () => {
  it("buffers over the same bytes are refused", () => {
    const change = (whole: Encoded): Encoded => withInt64(whole, bufferAt(whole, 3), 0n);
    const whole = batchOf(int64("a", [1, 2]), int64("b", [3, 4]));
    const longer = withInt64(change(whole), bufferAt(whole, 3) + 8, 32n);
    expect(codeOf(() => readAfter([int64("a", []).field, int64("b", []).field], longer))).toBe("malformed_arrow");
  });

  it("nested values that take no bytes are bounded", () => {
    const nothing = column("item", { kind: "null" }, [], {});
    const lists = list("l", [[]], () => nothing);
    const change = (whole: Encoded): Encoded => withInt64(whole, nodeAt(1), BigInt(nestedValuesMax + 1));
    expect(codeAfter(lists, change)).toBe("limit_exceeded");
  });
});

describe("a record batch", () => {
  it("without a validity has no nulls", () => {
    const arrival = readAfter([numbers.field], batchOf(int32("n", [1, 2])));
    expect(arrival).toMatchObject({ batch: { columns: [{ validity: undefined }] } });
  });

  it("of no rows may leave its offsets out", () => {
    const whole = batchOf(text("s", []));
    const empty = withInt64(whole, bufferAt(whole, 1) + 8, 0n);
    const arrival = readAfter([words.field], empty);
    expect(arrival).toMatchObject({ batch: { rows: 0, columns: [{ offsets: new Int32Array(1) }] } });
  });

  it("with buffers at odd places is read", () => {
    const whole = batchOf(fixedBinary("f", [Uint8Array.of(1, 2), Uint8Array.of(3, 4)], 2));
    const body = new Uint8Array(8);
    body.set(whole.body.subarray(0, 4), 3);
    const shifted = withInt64({ ...whole, body }, bufferAt(whole, 1), 3n);
    const arrival = readAfter([fixedBinary("f", [], 2).field], shifted);
    expect(arrival.kind === "record_batch" && arrival.batch.columns.map(valuesOf)).toEqual([["0102", "0304"]]);
  });
});
