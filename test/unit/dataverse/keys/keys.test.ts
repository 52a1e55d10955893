import { describe, expect, it } from "vitest";
import { foldedText, foldText, hashBytes, keyText } from "../../../../server/dataverse/keys/keys.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";

function folded(text: string): string {
  const out = new Bytes(1);
  foldedText(columnOf("x", utf8, [text]))(0, out);
  return out.view(0, out.length).toString("utf8");
}

function literal(text: string, maxLength?: number): string {
  const out = new Bytes(1);
  const flaw = keyText(columnOf("x", utf8, [text]), maxLength)(0, out);
  return flaw ?? out.view(0, out.length).toString("latin1");
}

describe("folding", () => {
  it.each([
    ["A-17", "a-17"],
    ["Straße", "STRASSE"],
    ["STRAẞE", "strasse"],
    ["é", "e\u0301"],
    ["É", "e"],
    ["ＡＢＣ", "abc"],
    ["ﬁn", "FIN"],
    ["İ", "i"],
    ["ı", "I"],
    ["ς", "Σ"],
    ["Øre", "ore"],
    ["カナ", "かな"],
    ["a\u200bb", "ab"],
    ["x\u00a0", "x"],
    ["x \t", "x"],
  ])("holds %j and %j to be one key", (left, right) => {
    expect(folded(left)).toBe(folded(right));
  });

  it.each([
    ["a", "b"],
    [" a", "a"],
    ["a b", "ab"],
    ["1", "10"],
  ])("tells %j from %j", (left, right) => {
    expect(folded(left)).not.toBe(folded(right));
  });

  it("has one answer for ASCII, whichever way it is taken", () => {
    const text = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("");
    expect(folded(text)).toBe(foldText(text));
    expect(folded(`${text} \t\n\v\f\r `)).toBe(foldText(`${text} \t\n\v\f\r `));
    const lasts = Array.from(text, (last) => `x${last}`);
    expect(lasts.map(folded)).toEqual(lasts.map(foldText));
  });
});

describe("hashBytes", () => {
  it("is a safe integer, never negative, and the same for ever", () => {
    expect(hashBytes(Buffer.from("a-17b"), 0, 5)).toBe(6317761115279258);
    expect(hashBytes(Buffer.from("xa-17bx"), 1, 6)).toBe(6317761115279258);
    expect(hashBytes(Buffer.alloc(0), 0, 0)).toBeGreaterThanOrEqual(0);
  });

  it("has no collision among a hundred thousand numbered keys", () => {
    const hashes = new Set<number>();
    for (let i = 0; i < 100_000; i++) {
      const bytes = Buffer.from(`customer#${String(i).padStart(9, "0")}`);
      const hash = hashBytes(bytes, 0, bytes.length);
      if (!Number.isSafeInteger(hash) || hash < 0) throw new Error(`not 53 bits: ${hash}`);
      hashes.add(hash);
    }
    expect(hashes.size).toBe(100_000);
  });
});

describe("key text", () => {
  it.each([
    ["A-17", "'A-17'"],
    ["O'Brien", "'O''Brien'"],
    ["a b,(c)=d", "'a%20b%2C%28c%29%3Dd'"],
    ["é漢😀", "'%C3%A9%E6%BC%A2%F0%9F%98%80'"],
    ['"$;@', "'%22%24%3B%40'"],
  ])("writes %j as %s", (text, expected) => {
    expect(literal(text)).toBe(expected);
  });

  it.each([..."/<>*%&:\\?+#\u0000\t\u007f\uffff"])("refuses a key with %j and names the way out", (character) => {
    expect(literal(`A${character}`)).toMatch(/cannot find by its URL; match on the primary key instead$/);
  });

  it.each(["", "   "])("refuses %j, which names no row", (text) => {
    expect(literal(text)).toBe("an empty key part: it names no row");
  });

  it("never cuts a key that is too long", () => {
    expect(literal("😀a", 3)).toBe("'%F0%9F%98%80a'");
    expect(literal("😀ab", 3)).toBe("key text longer than its maximum of 3 UTF-16 units");
  });

  it("bounds a key whose length metadata does not bound", () => {
    expect(literal("a".repeat(2_701))).toBe("key text longer than the 900 bytes that a key may have");
  });
});
