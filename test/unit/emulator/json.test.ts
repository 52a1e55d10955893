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

  it.each([
    ["the same names", '[{"a":1,"b":2},{"a":3,"b":4}]'],
    ["blanks between them", '[{"a":1,"b":2},{ "a" : 3 , "b" : 4 }]'],
    ["fewer", '[{"a":1,"b":2},{"a":3}]'],
    ["none", '[{"a":1,"b":2},{}]'],
    ["more", '[{"a":1,"b":2},{"a":3,"b":4,"c":5}]'],
    ["another order", '[{"a":1,"b":2},{"b":3,"a":4}]'],
    ["a name twice", '[{"a":1,"b":2},{"a":3,"b":4,"a":5}]'],
    ["a longer name", '[{"a":1,"b":2},{"aa":3,"b":4}]'],
    ["an escaped name", '[{"a":1,"b":2},{"\\u0061":3,"b":4}]'],
    ["rows within rows", '[{"a":{"b":1}},{"a":{"b":2}},{"b":{"a":3}}]'],
  ])("of rows is read as by JSON.parse where the next row has %s", (_what, text) => {
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
  });

  it("does not take a name on trust that has to be escaped", () => {
    parseJson('{"a\\"b":1}');
    expect(() => parseJson('{"a"b":1}')).toThrow(SyntaxError);
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
