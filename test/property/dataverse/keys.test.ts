import fc from "fast-check";
import { describe, it } from "vitest";
import { keyText } from "../../../server/dataverse/keys/key-literal.ts";
import { foldedText, foldText } from "../../../server/dataverse/keys/keys.ts";
import { Bytes } from "../../../server/dataverse/text/bytes.ts";
import { columnOf, utf8 } from "../../support/dataverse/columns.ts";

const letters = fc.constantFrom(..."aAzZ09 ~'éÉeE\u0301ßsSＡアあｱ漢😀\u00a0\u200bİıσςæ".split(""));
const text = fc.oneof(
  fc.array(letters).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme" }),
);

function folded(value: string): string {
  const out = new Bytes(1);
  foldedText(columnOf("x", utf8, [value]))(0, out);
  return out.view(0, out.length).toString("utf8");
}

describe("folding", () => {
  it("is one whether ASCII goes the short way or the long", () => {
    fc.assert(fc.property(text, (value) => folded(value) === foldText(value.toWellFormed())));
  });

  it("changes nothing that was folded", () => {
    fc.assert(fc.property(text, (value) => foldText(foldText(value)) === foldText(value)));
  });

  it("knows no case, no composition and no trailing blanks", () => {
    fc.assert(
      fc.property(text, (value) => {
        // The iota below Greek vowels is a mark in lower case and a letter in upper case: nothing folds both.
        fc.pre(!value.normalize("NFD").includes("\u0345"));
        const key = folded(value);
        return [value.toUpperCase(), value.toLowerCase(), value.normalize("NFC"), value.normalize("NFD"), `${value}  `]
          .map((variant) => folded(variant))
          .every((variant) => variant === key);
      }),
    );
  });
});

describe("key text", () => {
  it("reads back from its URL as it was, or is refused", () => {
    fc.assert(
      fc.property(text, (value) => {
        const out = new Bytes(1);
        const flaw = keyText(columnOf("x", utf8, [value]), undefined)(0, out);
        if (flaw !== undefined) return /[/<>*%&:\\?+#\p{Cc}\ufffe\uffff]|^ *$/u.test(value);
        const literal = out.view(0, out.length).toString("latin1");
        const inner = literal.slice(1, -1).replaceAll("''", "'");
        return decodeURIComponent(inner) === value.toWellFormed() && /^[!-~]+$/.test(literal);
      }),
    );
  });
});
