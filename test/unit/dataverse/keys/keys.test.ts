import { describe, expect, it } from "vitest";
import { foldedText, foldText, hashBytes } from "../../../../server/dataverse/keys/keys.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";

function folded(text: string): string {
  const out = new Bytes(1);
  foldedText(columnOf("x", utf8, [text]))(0, out);
  return out.view(0, out.length).toString("utf8");
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
