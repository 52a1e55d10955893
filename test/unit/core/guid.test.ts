import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Guid, guidLength } from "../../../server/core/guid.ts";

const text = "018f2a54-9c3e-8abc-bdef-0123456789ab";
const other = "018f2a54-9c3e-8abc-bdef-0123456789ac";
const word = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });

function wordsOf(bytes: string): DataView {
  return new DataView(Uint8Array.from(Buffer.from(bytes, "latin1")).buffer);
}

describe("a GUID", () => {
  it("is its 128 bits in lower case", () => {
    expect(String(new Guid(0x018f_2a54, 0x9c3e_8abc, 0xbdef_0123, 0x4567_89ab))).toBe(text);
    expect(String(new Guid(0, -1, 0, 1))).toBe("00000000-ffff-ffff-0000-000000000001");
  });

  it("comes back from its text", () => {
    fc.assert(
      fc.property(word, word, word, word, (...words) => {
        const guid = new Guid(...words);
        expect(Guid.of(guid.toString())).toEqual(guid);
        expect(guid.toString().replaceAll("-", "")).toBe(
          words.map((each) => (each >>> 0).toString(16).padStart(8, "0")).join(""),
        );
      }),
    );
  });

  it.each([
    ["capitals", text.toUpperCase()],
    ["braces", `{${text}}`],
    ["something before it", ` ${text}`],
    ["no hyphens", text.replaceAll("-", "")],
    ["a letter that is no digit", text.replace("f", "g")],
  ])("is not read from %s", (_what, strange) => {
    expect(() => Guid.of(strange)).toThrow(RangeError);
  });

  it("is written where it is to stand, and nowhere else", () => {
    const to = wordsOf(".".repeat(guidLength + 6));
    Guid.of(text).write(to, 3);
    expect(Buffer.from(to.buffer).toString("latin1")).toBe(`...${text}...`);
  });

  it("is found where it stands, letter for letter", () => {
    const bytes = `(${text})`;
    expect(Guid.of(text).isAt(wordsOf(bytes), 1)).toBe(true);
    expect(Guid.of(other).isAt(wordsOf(bytes), 1)).toBe(false);
    for (let at = 1; at <= guidLength; at++) {
      const changed = `${bytes.slice(0, at)}_${bytes.slice(at + 1)}`;
      expect([at, Guid.of(text).isAt(wordsOf(changed), 1)]).toEqual([at, false]);
    }
  });

  it("is found at the very end of the bytes", () => {
    expect(Guid.of(text).isAt(wordsOf(text), 0)).toBe(true);
  });

  it("does not stand beyond the bytes", () => {
    expect([-1, 1].map((at) => Guid.of(text).isAt(wordsOf(text), at))).toEqual([false, false]);
  });
});
