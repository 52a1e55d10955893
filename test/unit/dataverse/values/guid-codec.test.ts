import { describe, expect, it } from "vitest";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, ID, jsonValue } from "../../../support/dataverse/tables.ts";

const guid = attribute("x", "guid");

function sent(text: string): string {
  return jsonValue(columnOf("x", utf8, [text]), guid);
}

describe("GUIDs", () => {
  it("are written in lower case, from upper case too", () => {
    expect(sent(ID)).toBe(`"${ID}"`);
    expect(sent(ID.toUpperCase())).toBe(`"${ID}"`);
  });

  it("are read from sixteen bytes in the order of their text", () => {
    const bytes = Buffer.from(ID.replaceAll("-", ""), "hex");
    expect(jsonValue(columnOf("x", { kind: "fixed_binary", width: 16 }, [bytes]), guid)).toBe(`"${ID}"`);
  });

  it.each([
    "",
    `{${ID}}`,
    ID.replaceAll("-", ""),
    ID.replace("6", "g"),
    ID.replace("-", "0"),
    `${ID} `,
    ID.replace("f", "é").slice(0, 35),
  ])("refuses %j", (text) => {
    expect(sent(text)).toBe(
      "The value for x is text that is no GUID of 36 characters (8-4-4-4-12 hexadecimal digits, no braces).",
    );
  });

  it("takes every hexadecimal digit at both ends of a word, and no other character", () => {
    const places = [0, 3, 9, 22, 24, 35];
    const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    const wrong = places.flatMap((place) =>
      characters.filter((character) => {
        const text = ID.slice(0, place) + character + ID.slice(place + 1);
        const isTaken = sent(text) === JSON.stringify(text.toLowerCase());
        return isTaken !== /[0-9a-fA-F]/.test(character);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("takes nothing but hyphens between the parts", () => {
    const places = [...ID].flatMap((character, place) => (character === "-" ? [place] : []));
    for (const place of places) expect(sent(`${ID.slice(0, place)}_${ID.slice(place + 1)}`)).toContain("is no GUID");
  });
});
