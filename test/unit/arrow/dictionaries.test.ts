import { describe, expect, it } from "vitest";
import { Dictionaries } from "../../../server/arrow/dictionaries.ts";
import { Allowance, dictionaryBytesMax, nestedValuesMax, rowsMax } from "../../../server/arrow/limits.ts";
import type { IntType } from "../../../server/arrow/wire-type.ts";
import { valuesOf } from "../../support/column-values.ts";
import { bool, column, int, text } from "../../support/columns.ts";
import { codeOf } from "../../support/messages.ts";

const { field } = text("d", []);

function resolve(dictionaries: Dictionaries, rows: readonly (number | bigint | null)[], type?: IntType): unknown[] {
  const index: IntType = type ?? { kind: "int", bits: 8, signed: true };
  const wire = { field, view: false, dictionary: { id: 1n, index }, children: [] };
  return valuesOf(dictionaries.resolve(wire, int("d", rows, index), new Allowance(1000, "bytes")));
}

function holding(...values: readonly string[]): Dictionaries {
  const dictionaries = new Dictionaries();
  dictionaries.put(1n, text("d", values), false);
  return dictionaries;
}

describe("dictionaries", () => {
  it.each([8, 16, 32, 64] as const)("are indexed by integers of %i bits, signed or not", (bits) => {
    expect(resolve(holding("a", "b"), [1, null, 0], { kind: "int", bits, signed: true })).toEqual(["b", null, "a"]);
    expect(resolve(holding("a", "b"), [1, null, 0], { kind: "int", bits, signed: false })).toEqual(["b", null, "a"]);
  });

  it.each([2, -1, -128])("refuse the index %i", (index) => {
    expect(codeOf(() => resolve(holding("a", "b"), [index]))).toBe("malformed_arrow");
  });

  it("are extended by a delta", () => {
    const dictionaries = holding("a");
    dictionaries.put(1n, text("d", ["b"]), true);
    expect(resolve(dictionaries, [0, 1])).toEqual(["a", "b"]);
  });

  it("are replaced by another of their id", () => {
    const dictionaries = holding("a");
    dictionaries.put(1n, text("d", ["b"]), false);
    expect(resolve(dictionaries, [0])).toEqual(["b"]);
  });

  it("refuse a delta to nothing", () => {
    expect(codeOf(() => new Dictionaries().put(1n, text("d", ["b"]), true))).toBe("malformed_arrow");
  });

  it("may be absent as long as no row needs them", () => {
    expect(resolve(new Dictionaries(), [])).toEqual([]);
    expect(codeOf(() => resolve(new Dictionaries(), [0]))).toBe("malformed_arrow");
  });

  it("do not keep the message that they came in", () => {
    const values = text("d", ["a"]);
    const dictionaries = new Dictionaries();
    dictionaries.put(1n, values, false);
    values.values.fill(0x7a);
    expect(resolve(dictionaries, [0])).toEqual(["a"]);
  });

  it("of a stream are bounded together", () => {
    const dictionaries = new Dictionaries();
    const half = text("d", ["x".repeat(dictionaryBytesMax / 2)]);
    dictionaries.put(1n, half, false);
    expect(codeOf(() => dictionaries.put(2n, half, false))).toBe("limit_exceeded");
  });

  it("are bounded in nested values, which may take no bytes", () => {
    const child = { ...column("item", { kind: "null" }, [], {}), rows: nestedValuesMax };
    const nested = column("d", { kind: "struct" }, [], { children: [child] });
    const dictionaries = new Dictionaries();
    dictionaries.put(1n, nested, false);
    expect(codeOf(() => dictionaries.put(1n, nested, true))).toBe("limit_exceeded");
  });

  it("are bounded in values, too: some take no bytes", () => {
    const many = { ...column("d", { kind: "null" }, [], {}), rows: rowsMax };
    const dictionaries = new Dictionaries();
    dictionaries.put(1n, many, false);
    expect(codeOf(() => dictionaries.put(1n, many, true))).toBe("limit_exceeded");
    expect(codeOf(() => dictionaries.put(1n, bool("d", [true]), false))).toBeUndefined();
  });
});
