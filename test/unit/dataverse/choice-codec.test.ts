import { describe, expect, it } from "vitest";
import type { AttributeKind } from "../../../server/dataverse/attributes.ts";
import { bool, columnOf, int } from "../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../support/dataverse/tables.ts";

const options = new Map([
  [1, "Retail"],
  [100_000_000, "Other"],
]);

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
});
