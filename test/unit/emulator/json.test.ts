import { describe, expect, it } from "vitest";
import { parseJson } from "../../emulator/wire/json.ts";
import type { Json } from "../../emulator/wire/json-value.ts";
import { isObject, NumberText } from "../../emulator/wire/json-value.ts";

function plain(value: Json): unknown {
  if (value instanceof NumberText) {
    return Number(value.text);
  }
  if (isObject(value)) {
    return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  }
  return Array.isArray(value) ? value.map((item: Json) => plain(item)) : value;
}

describe("JSON", () => {
  it.each([
    '{"a":[1,-2.5e3,{"b":null}],"c":true,"d":"x\\"\\u0041\\n","e":{}}',
    " [ ] ",
    '"\u2028"',
    "0",
    '{"__proto__":1}',
  ])("is read as by JSON.parse: %s", (text) => {
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
  });

  it("keeps a number's digits", () => {
    expect(parseJson("123456789012345678901234567890.10")).toEqual(new NumberText("123456789012345678901234567890.10"));
  });

  it.each([
    "",
    "{",
    '{"a"}',
    '{"a":1,}',
    "[1,]",
    "01",
    "+1",
    "1.",
    "nul",
    '"a',
    '"a\n"',
    '"\\x"',
    "1 2",
    "[".repeat(100_000),
  ])("is refused as by JSON.parse: %s", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });
});
