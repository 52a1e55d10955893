import { describe, expect, it } from "vitest";
import { isAscii, isUtf8 } from "../../../server/core/utf8.ts";

describe("text", () => {
  it("is told from bytes that are no text, and plain text from text", () => {
    const texts = ["plain", "Zürich", "東京 🙂\u{feff}"].map((text) => new TextEncoder().encode(text));
    expect(texts.map(isAscii)).toEqual([true, false, false]);
    expect(texts.map(isUtf8)).toEqual([true, true, true]);
    expect(isUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toBe(false);
  });
});
