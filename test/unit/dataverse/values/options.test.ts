import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { Attribute } from "../../../../server/dataverse/metadata/attributes.ts";
import type { ChoiceRequest } from "../../../../server/dataverse/values/options.ts";
import { bindOptions } from "../../../../server/dataverse/values/options.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, optionsOf } from "../../../support/dataverse/tables.ts";

const color = attribute("color", "choice", { options: optionsOf({ 1: "Red", 2: "Green" }) });

function read(column: Column, target: Attribute, choice?: ChoiceRequest): number | string {
  const bind = bindOptions(column.field.type, target, choice);
  return typeof bind === "string" ? `expected ${bind}` : bind(column)(0);
}

describe("an option", () => {
  it("is named by its value unless the request says otherwise", () => {
    const two = columnOf("x", int(32), [2n]);
    expect(read(two, color)).toBe(2);
    expect(read(two, color, { by: "VALUE" })).toBe(2);
    expect(read(columnOf("x", int(32), [3n]), color)).toBe("a choice value that is not among its 2 options");
  });

  it("is named by its label in the language of the request", () => {
    const green = columnOf("x", utf8, ["green"]);
    expect(read(green, color, { by: "LABEL" })).toBe(2);
    expect(read(green, color, { by: "LABEL", language: 1033 })).toBe(2);
    expect(read(green, color, { by: "LABEL", language: 1031 })).toBe(
      "expected labels in a language that its options have: 1033",
    );
  });

  it("of two is 0 or 1", () => {
    const onHold = attribute("onhold", "boolean");
    expect([0n, 1n, 2n, -1n].map((value) => read(columnOf("x", int(32), [value]), onHold))).toEqual([
      0,
      1,
      expect.any(String),
      expect.any(String),
    ]);
  });

  it("may be any value of 32 bits where metadata tells none", () => {
    const open = attribute("color", "choice");
    expect(read(columnOf("x", int(64), [-(2n ** 31n)]), open)).toBe(-(2 ** 31));
    expect(read(columnOf("x", int(64), [2n ** 31n]), open)).toBeTypeOf("string");
  });
});
