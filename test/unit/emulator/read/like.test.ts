import { describe, expect, it } from "vitest";
import { like } from "../../../emulator/read/like.ts";

describe("a pattern", () => {
  it.each([
    ["abc", "ABC", true],
    ["abc", "abcd", false],
    ["a%", "abcd", true],
    ["%d", "abcd", true],
    ["%b%d%", "abcd", true],
    ["%d%b%", "abcd", false],
    ["a_c", "abc", true],
    ["a_c", "ac", false],
    ["[a-c]x", "bx", true],
    ["[a-c]x", "dx", false],
    ["[^a-c]x", "dx", true],
    ["[]]", "]", true],
    ["[%]", "%", true],
    ["[%]", "x", false],
    ["[_]", "_", true],
    ["[abc", "[abc", true],
    ["%", "", true],
    ["", "", true],
    ["", "x", false],
  ])("%s against %s: %s", (pattern, text, expected) => {
    expect(like(pattern)(text)).toBe(expected);
  });

  it("of many wildcards ends soon against a long text", () => {
    expect(like(`${"%a".repeat(50)}b`)("a".repeat(20_000))).toBe(false);
  });
});
