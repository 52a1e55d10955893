import { describe, expect, it } from "vitest";
import { equals, foldedKey, keyProperty, listed, sameTexts } from "../../../../server/dataverse/keys/find-key.ts";
import { attribute } from "../../../support/dataverse/tables.ts";

const code = attribute("code", "text");
const line = attribute("line", "integer");
const size = attribute("size", "decimal");
const at = attribute("at", "datetime");
const parent = attribute("parentid", "lookup");

describe("a value within In", () => {
  it("stands in double quotes, whatever its type", () => {
    expect([listed(code, "O'B"), listed(line, "7")]).toEqual(['"O\'B"', '"7"']);
  });

  it.each(['a"b', "a\\b", "a\tb"])("is left to eq where escapes would be needed (%j)", (text) => {
    expect(listed(code, text)).toBeUndefined();
  });

  it("is left to eq where a text is another form of the value", () => {
    expect([listed(size, "1.50"), listed(at, "2024-01-31T10:00:00Z"), listed(parent, "x")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a condition", () => {
  it("quotes texts alone, doubles their quotes, and names a lookup by the property of its GUID", () => {
    const by = [code, line, parent];
    expect(equals(by, ["O'B", "7", "6f1c5b1e-0000-4000-8000-000000000001"])).toBe(
      "code eq 'O''B' and line eq 7 and _parentid_value eq 6f1c5b1e-0000-4000-8000-000000000001",
    );
  });

  it("names an attribute by its own name unless it is a lookup", () => {
    const kinds = ["lookup", "customer", "owner", "guid"] as const;
    expect(kinds.map((kind) => keyProperty(attribute("a", kind)))).toEqual(["_a_value", "_a_value", "_a_value", "a"]);
  });
});

describe("keys that are one row whatever the collation", () => {
  it("differ in case and trailing blanks alone", () => {
    expect(sameTexts([code], ["ÉA  "])).toEqual(sameTexts([code], ["e\u0301a"]));
    expect(sameTexts([code], [" a"])).not.toEqual(sameTexts([code], ["a"]));
    expect(sameTexts([code], ["é"])).not.toEqual(sameTexts([code], ["e"]));
  });
});

describe("keys that may be one row", () => {
  it("fold to the same", () => {
    expect(foldedKey([code], ["Ärger "])).toBe(foldedKey([code], ["arger"]));
    expect(foldedKey([code, line], ["a", "1"])).not.toBe(foldedKey([code, line], ["a1", ""]));
  });

  it.each([
    [size, "1.50", "1.5"],
    [size, "-0.10", "-0.1"],
    [at, "2024-01-31T10:00:00.500000Z", "2024-01-31T10:00:00.5Z"],
    [at, "2024-01-31T10:00:00.000Z", "2024-01-31T10:00:00+00:00"],
    [attribute("id", "guid"), "6F1C5B1E-0000-4000-8000-000000000001", "6f1c5b1e-0000-4000-8000-000000000001"],
  ])("are equal however the value is written: %o %s %s", (by, one, other) => {
    expect(foldedKey([by], [one])).toBe(foldedKey([by], [other]));
  });

  it.each([
    [size, "1.5", "1.05"],
    [at, "2024-01-31T10:00:00Z", "2024-01-31T10:00:00.5Z"],
    [size, "1e400", "1e401"],
  ])("differ where the values do: %o %s %s", (by, one, other) => {
    expect(foldedKey([by], [one])).not.toBe(foldedKey([by], [other]));
  });
});
