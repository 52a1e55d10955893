import { describe, expect, it } from "vitest";
import { configWords } from "../../../server/config/words.ts";

describe("configWords", () => {
  it.each([
    [{ code: "invalid_type", expected: "string" }, "Missing: give it a text."],
    [
      { code: "invalid_type", expected: "record", input: null },
      "Missing: give it a mapping, each entry as `name: value`.",
    ],
    [
      { code: "invalid_type", expected: "array", input: "canary" },
      "Must be a list, each entry on a line that begins with a hyphen, not a text.",
    ],
    [
      { code: "invalid_type", expected: "int", input: ["canary"] },
      "Must be a number, without quotes or a unit, not a list, each entry on a line that begins with a hyphen.",
    ],
    [{ code: "invalid_type", expected: "string", input: true }, "Must be a text, not a boolean."],
    [{ code: "invalid_value", values: ["insert", "update"], input: "canary" }, "Must be one of insert, update."],
    [{ code: "invalid_key", issues: [{ message: "Give it a name." }], input: "canary" }, "Give it a name."],
    [{ code: "too_small", minimum: 1, input: 0 }, "Must be 1 or more."],
    [{ code: "too_small", minimum: 1, input: "" }, "Must not be empty."],
    [{ code: "too_big", maximum: 65_535, input: 70_000 }, "Must be 65535 or less."],
    [{ code: "too_big", maximum: 100, input: ["canary"] }, "Must have a length of 100 or less."],
  ])("says of %j what to do, and not the value", (misfit, words) => {
    expect(configWords(misfit)).toBe(words);
  });

  it("leaves to the schema what it says better", () => {
    expect(configWords({ code: "custom", input: "canary" })).toBeUndefined();
    expect(configWords({ code: "invalid_value", input: "canary" })).toBeUndefined();
  });
});
