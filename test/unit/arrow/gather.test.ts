import { describe, expect, it } from "vitest";
import { gather, nullRow } from "../../../server/arrow/gather.ts";
import { Allowance } from "../../../server/arrow/limits.ts";
import { valuesOf } from "../../support/column-values.ts";
import { bool, column, int32, list, text } from "../../support/columns.ts";
import { decodeAll, goldenMessages } from "../../support/golden.ts";
import { codeOf } from "../../support/messages.ts";

function unlimited(): Allowance {
  return new Allowance(Number.POSITIVE_INFINITY, "bytes");
}

describe("a gather", () => {
  it.each(["spark-types", "other-types", "large-types", "views"] as const)("%s: picks rows of every type", (name) => {
    for (const one of decodeAll(goldenMessages(name)).batches.flatMap(({ columns }) => columns)) {
      const values = valuesOf(one);
      const picks = [2, 0, 1, 2];
      expect(valuesOf(gather(one, Int32Array.from(picks), unlimited()))).toEqual(picks.map((row) => values[row]));
    }
  });

  it("gives null for the null row, in a column that has none", () => {
    const picks = Int32Array.of(1, nullRow);
    expect(valuesOf(gather(int32("n", [1, 2]), picks, unlimited()))).toEqual(["2", null]);
    expect(valuesOf(gather(bool("b", [true, true]), picks, unlimited()))).toEqual([true, null]);
    expect(valuesOf(gather(text("s", ["a", "b"]), picks, unlimited()))).toEqual(["b", null]);
    const lists = list("l", [[1], [2, 3]], (items) => int32("item", items));
    expect(valuesOf(gather(lists, picks, unlimited()))).toEqual([["2", "3"], null]);
    const pairs = column("p", { kind: "fixed_list", width: 2 }, [0, 0], { children: [int32("item", [1, 2, 3, 4])] });
    expect(valuesOf(gather(pairs, picks, unlimited()))).toEqual([["3", "4"], null]);
  });

  it("copies, so that the record batch can be let go", () => {
    const one = text("s", ["abc"]);
    expect(gather(one, Int32Array.of(0), unlimited()).values.buffer).not.toBe(one.values.buffer);
  });

  it("of a small value many times is refused before it is allocated", () => {
    const one = text("s", ["x".repeat(1000)]);
    expect(codeOf(() => gather(one, new Int32Array(1000), new Allowance(100_000, "bytes")))).toBe("limit_exceeded");
  });

  it.each([
    ["bits", bool("b", [true]), 260],
    ["fixed values", int32("n", [1]), 1000],
    [
      "fixed lists",
      column("p", { kind: "fixed_list", width: 9 }, [0], { children: [column("i", { kind: "null" }, [], {})] }),
      1000,
    ],
    ["validity alone", column("s", { kind: "struct" }, [0], {}), 100],
  ])("of %s is refused before it is allocated", (_, one, max) => {
    expect(codeOf(() => gather(one, new Int32Array(1100), new Allowance(max, "bytes")))).toBe("limit_exceeded");
  });

  it("of a list of nothing many times is refused before it is allocated", () => {
    const nothing = { ...column("item", { kind: "null" }, [], {}), rows: 1_000_000 };
    const one = { ...list("l", [[]], () => nothing), offsets: Int32Array.of(0, 1_000_000) };
    expect(codeOf(() => gather(one, new Int32Array(1000), new Allowance(100_000, "bytes")))).toBe("limit_exceeded");
  });
});
