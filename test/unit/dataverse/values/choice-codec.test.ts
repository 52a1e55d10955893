import { describe, expect, it } from "vitest";
import type { AttributeKind } from "../../../../server/dataverse/metadata/attributes.ts";
import { bool, columnOf, decimal, float, int, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue, optionsOf } from "../../../support/dataverse/tables.ts";

const byLabel = { columns: [{ sources: ["x"], target: "x", choice: { by: "LABEL" } }] } as const;

const options = optionsOf({ 1: "Retail", 100000000: "Other" });
const truths = optionsOf({ 0: "Nein", 1: "Ja" });

describe("choices", () => {
  it.each(["choice", "state", "status"] as const satisfies readonly AttributeKind[])(
    "a %s takes its options",
    (kind) => {
      expect(jsonValue(columnOf("x", int(64), [100_000_000n]), attribute("x", kind, { options }))).toBe("100000000");
    },
  );

  it("refuse a value that is no option", () => {
    expect(jsonValue(columnOf("x", int(32), [2n]), attribute("x", "choice", { options }))).toBe(
      "The value for x is a choice value that is not among its 2 options.",
    );
  });

  it.each([
    ["a float", columnOf("x", float(64), [1])],
    ["a decimal", columnOf("x", decimal(128, 2), [100n])],
  ])("take a whole number in %s", (_name, column) => {
    expect(jsonValue(column, attribute("x", "choice", { options }))).toBe("1");
  });

  it("take their labels where the request says so", () => {
    const column = columnOf("x", utf8, ["Other", "Retale"]);
    const target = attribute("x", "choice", { options });
    expect(jsonValue(column, target, byLabel)).toBe("100000000");
    expect(jsonValue(column, target, byLabel, 1)).toBe("The value for x is a label that none of its 2 options has.");
  });

  it("without known options take any value of 32 bits and no other", () => {
    const unknown = attribute("x", "choice");
    expect(jsonValue(columnOf("x", int(64), [-7n]), unknown)).toBe("-7");
    expect(jsonValue(columnOf("x", int(64), [2n ** 31n]), unknown)).toContain("not among its");
  });
});

describe("booleans", () => {
  it("are true or false, at every bit of a byte", () => {
    const values = [true, false, true, true, false, false, true, false, true];
    const column = columnOf("x", bool, values);
    const sent = values.map((_, row) => jsonValue(column, attribute("x", "boolean"), {}, row));
    expect(sent).toEqual(values.map(String));
  });

  it.each([
    [0, "false"],
    [1, "true"],
    [2, "The value for x is a number other than 0 and 1."],
  ])("take 0 and 1 alone of the numbers: %i", (value, expected) => {
    expect(jsonValue(columnOf("x", int(32), [BigInt(value)]), attribute("x", "boolean"))).toBe(expected);
  });

  it("take their labels where the request says so", () => {
    const column = columnOf("x", utf8, ["JA", "nein"]);
    const target = attribute("x", "boolean", { options: truths });
    expect(jsonValue(column, target, byLabel)).toBe("true");
    expect(jsonValue(column, target, byLabel, 1)).toBe("false");
  });
});
