import { describe, expect, it } from "vitest";
import { equalTexts, lettersIn, questionOf } from "../../../../server/dataverse/finding/letters.ts";
import { attribute } from "../../../support/dataverse/tables.ts";

const code = attribute("code", "text");
const day = attribute("day", "dateonly");

describe("the letters of a key that may be others", () => {
  it("are those with marks, and other forms of plain ones, each once and in lower case", () => {
    expect(lettersIn([code], ["ÉtÉ ñ ａ ß"])).toEqual(["é", "ñ", "ａ", "ß"]);
  });

  it("are none of a plain key", () => {
    expect(lettersIn([code], ["O'Brien 7 /x"])).toEqual([]);
  });

  it("are those of texts alone", () => {
    expect(lettersIn([day, code], ["２０２４", "é"])).toEqual(["é"]);
  });
});

describe("the question about a letter", () => {
  it.each([
    ["é", "create", "créate"],
    ["ñ", "assign", "assigñ"],
    ["ß", "assign", "aßign"],
    ["ø", "retrievemultiple", undefined],
  ])("is whether a message is found by its name with it: %s", (letter, own, other) => {
    const keys = questionOf(letter)?.keys;
    if (other === undefined) expect(keys?.[1]?.[0]).toContain(letter);
    else expect(keys).toEqual([[own], [other]]);
  });

  it.each(["й", "æ", "\u200d"])("is none where no message's name has what it may be: %j", (letter) => {
    expect(questionOf(letter)).toBeUndefined();
  });
});

describe("the texts of a key", () => {
  it("are the same for letters that the service takes for one, and for no others", () => {
    const isOther = (letter: string): boolean => letter === "é";
    expect(equalTexts([code], ["Résumé Peña "], isOther)).toEqual(["resume peña"]);
  });

  it("are left as they are where they are no texts", () => {
    expect(equalTexts([day], ["２０２４"], () => true)).toEqual(["２０２４"]);
  });
});
