import { describe, expect, it } from "vitest";
import { hasUnaddressable, keyText } from "../../../../server/dataverse/keys/key-literal.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { viewOf } from "../../../../server/dataverse/text/value.ts";
import { columnOf, utf8 } from "../../../support/dataverse/columns.ts";

function literal(text: string, maxLength?: number): string {
  const out = new Bytes(1);
  const flaw = keyText(columnOf("x", utf8, [text]), maxLength)(0, out);
  return flaw ?? out.view(0, out.length).toString("latin1");
}

describe("key text", () => {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

  it.each([0, 1, 2, 3, 4])("judges each character by itself, also the one in place %i", (place) => {
    for (const character of ascii) {
      const text = `${"aZ9-".slice(0, place)}${character}${"aZ9-".slice(place)}`;
      const isRefused = /[/<>*%&:\\?+#\p{Cc}]/u.test(character);
      const column = columnOf("x", utf8, [text]);
      const [start = 0, end = 0] = column.offsets;
      expect([text, hasUnaddressable(viewOf(column), start, end)]).toEqual([text, isRefused]);
      const expected = `'${encodeURIComponent(text)
        .replaceAll(/[!()]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
        .replaceAll("'", "''")}'`;
      if (!isRefused) expect(literal(text)).toBe(expected);
      else expect(literal(text)).toContain("cannot find by its URL");
    }
  });

  it("encodes what is beyond ASCII, wherever it stands", () => {
    for (let code = 0xa0; code < 0x800; code++) {
      const character = String.fromCharCode(code);
      const text = `${character}${character}a${character}9`;
      expect(literal(text)).toBe(`'${encodeURIComponent(text)}'`);
    }
  });

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
