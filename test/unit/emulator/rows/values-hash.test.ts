import { describe, expect, it } from "vitest";
import { Codec } from "../../../emulator/rows/codec.ts";
import type { Stored } from "../../../emulator/rows/values.ts";
import { valuesHash } from "../../../emulator/rows/values-hash.ts";

/** Of one table. */
const codec = new Codec();

function hashOf(values: Readonly<Record<string, Stored>>): string {
  const columns = Object.keys(values).map((name, ordinal) => ({ name, ordinal }));
  return valuesHash(codec, Object.values(values), columns);
}

describe("the hash of what an operation carried", () => {
  it("is 64 bits as text, and never that of nothing at all", () => {
    expect(hashOf({ a: "x", b: 1 })).toMatch(/^[0-9a-f]{16}$/);
  });

  it("does not depend on the order of the columns", () => {
    expect(hashOf({ a: "x", b: 1, c: null })).toBe(hashOf({ c: null, b: 1, a: "x" }));
  });

  it.each<[string, Readonly<Record<string, Stored>>, Readonly<Record<string, Stored>>]>([
    ["values", { a: "x" }, { a: "y" }],
    ["columns", { a: "x" }, { b: "x" }],
    ["which column has which value", { a: "x", b: "y" }, { a: "y", b: "x" }],
    ["null and empty", { a: null }, { a: "" }],
    ["where one text ends", { a: "xb" }, { ab: "x" }],
    ["left out and null", { a: "x" }, { a: "x", b: null }],
    ["rows pointed to", { a: { table: "account", id: "1" } }, { a: { table: "contact", id: "1" } }],
  ])("tells apart %s", (_, one, other) => {
    expect(hashOf(one)).not.toBe(hashOf(other));
  });

  it("is another one for each of many texts", () => {
    const hashes = new Set(Array.from({ length: 20_000 }, (_, index) => hashOf({ a: `row ${index}`, b: index % 10 })));
    expect(hashes.size).toBe(20_000);
  });
});
