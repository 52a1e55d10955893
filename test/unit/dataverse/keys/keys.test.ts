import { describe, expect, it } from "vitest";
import { foldedText, foldText } from "../../../../server/dataverse/keys/keys.ts";
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
