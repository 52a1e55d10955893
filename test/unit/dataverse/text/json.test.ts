import { describe, expect, it } from "vitest";
import { arrayOf, fieldOf, numberOf, textOf } from "../../../../server/dataverse/text/json.ts";

describe("reading JSON of unknown shape", () => {
  it("gives what is there", () => {
    const value: unknown = { text: "a", number: 1, array: [1], object: { x: 1 } };
    expect(textOf(value, "text")).toBe("a");
    expect(numberOf(value, "number")).toBe(1);
    expect(arrayOf(value, "array")).toEqual([1]);
    expect(fieldOf(value, "object")).toEqual({ x: 1 });
  });

  it.each([undefined, null, 1, "text", [], {}, { x: null }, { x: {} }])("finds nothing of use in %j", (value) => {
    expect(textOf(value, "x")).toBeUndefined();
    expect(numberOf(value, "x")).toBeUndefined();
    expect(arrayOf(value, "x")).toEqual([]);
  });

  it("takes null and an empty text for absent", () => {
    expect(fieldOf({ x: null }, "x")).toBeUndefined();
    expect(textOf({ x: "" }, "x")).toBeUndefined();
  });
});
