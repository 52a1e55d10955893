import { describe, expect, it } from "vitest";
import { endOfUnits } from "../../../../server/dataverse/values/text-codec.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, encodeRow, jsonValue, tableOf } from "../../../support/dataverse/tables.ts";

const short = attribute("x", "text", { maxLength: 4 });
const memo = attribute("x", "memo");

function sent(text: string, target = memo, excess: "REFUSE" | "TRUNCATE" | "ROUND" = "REFUSE"): string {
  return jsonValue(columnOf("x", utf8, [text]), target, { excess });
}

describe("text", () => {
  it.each(["", "plain", 'quote " backslash \\', "tab\tline\r\nend", "Größe 漢字 😀", "\u007f\u0085\u2028\ufffd\uffee"])(
    "arrives as it was: %j",
    (text) => {
      expect(JSON.parse(sent(text))).toBe(text);
    },
  );

  it.each([...'"\\\n\t\ufffd\u007f'])("arrives as it was with %j at any place of a word", (character) => {
    for (let before = 0; before < 9; before++) {
      for (let after = 0; after < 5; after++) {
        const text = "x".repeat(before) + character + "y".repeat(after);
        expect(JSON.parse(sent(text))).toBe(text);
      }
    }
  });

  it.each(["\u0000", "\u0008", "\u001f", "\ufffe", "\uffff"])("refuses %j, which XML 1.0 has no place for", (text) => {
    expect(sent(`a${text}`)).toBe(
      "The value for x is text with a character that XML 1.0 does not allow, which the service refuses.",
    );
  });

  it.each(["abcd", "😀😀", "äöüß"])("sends %s, exactly the maximum of UTF-16 units", (text) => {
    expect(sent(text, short)).toBe(JSON.stringify(text));
  });

  it.each(["abcde", "😀😀a", "äöüßx"])("refuses %s, one unit too many", (text) => {
    expect(sent(text, short)).toBe("The value for x is text longer than its maximum of 4 UTF-16 units.");
    expect(sent(text, short, "ROUND")).toContain("longer than its maximum");
  });

  it("truncates at a whole character", () => {
    expect(sent("abcdef", short, "TRUNCATE")).toBe('"abcd"');
    expect(sent("abc😀", short, "TRUNCATE")).toBe('"abc"');
  });

  it("sends a memo of the greatest length, whatever its script", () => {
    const longest = attribute("x", "memo", { maxLength: 1_048_576 });
    const text = "漢".repeat(1_048_576);
    expect(sent(text, longest)).toBe(`"${text}"`);
  });

  it("fails a row that is too large as a whole", () => {
    const scene = { columns: [columnOf("x", utf8, ["x".repeat(4_194_305)])], table: tableOf([memo]) };
    expect(encodeRow(scene)).toMatchObject({ code: "row_too_large", retryable: false });
  });
});

describe("endOfUnits", () => {
  it("counts a character beyond the basic plane as two", () => {
    const bytes = Buffer.from("é漢😀z");
    expect(endOfUnits(bytes, 0, { end: bytes.length, units: 3 })).toBe(5);
    expect(endOfUnits(bytes, 0, { end: bytes.length, units: 4 })).toBe(9);
    expect(endOfUnits(bytes, 0, { end: bytes.length, units: 5 })).toBe(10);
  });
});
