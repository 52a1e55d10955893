import { describe, expect, it } from "vitest";
import { concat, emptyColumn } from "../../../server/arrow/concat.ts";
import { valuesOf } from "../../support/column-values.ts";
import { text } from "../../support/columns.ts";
import { decodeAll, goldenMessages } from "../../support/golden.ts";

describe("two columns in one", () => {
  it.each(["spark-types", "other-types", "large-types", "views"] as const)(
    "%s: keep the values of every type",
    (name) => {
      for (const one of decodeAll(goldenMessages(name)).batches.flatMap(({ columns }) => columns)) {
        const values = valuesOf(one);
        expect(valuesOf(concat(one, one))).toEqual([...values, ...values]);
        expect(valuesOf(concat(emptyColumn(one.field), one))).toEqual(values);
      }
    },
  );

  it("keep their nulls where only one of them has any", () => {
    const [whole, holey] = [text("s", ["a", "b"]), text("s", [null, "c"])];
    expect(valuesOf(concat(whole, holey))).toEqual(["a", "b", null, "c"]);
    expect(valuesOf(concat(holey, whole))).toEqual([null, "c", "a", "b"]);
  });

  it("leave out the bytes behind the first's last value", () => {
    const padded = { ...text("s", ["a"]), values: new TextEncoder().encode("a.......") };
    expect(valuesOf(concat(padded, text("s", ["b"])))).toEqual(["a", "b"]);
  });
});
