import { describe, expect, it } from "vitest";
import { checkedValidity, checkOffsets, checkText } from "../../../server/arrow/verify.ts";
import { codeOf } from "../../support/messages.ts";

function textCode(bytes: readonly number[] | Uint8Array, offsets = [0, bytes.length]): unknown {
  return codeOf(() => checkText(Uint8Array.from(bytes), Int32Array.from(offsets)));
}

describe("text", () => {
  it.each<[string, number[]]>([
    ["a byte that no character has", [0xff]],
    ["a continuation without a start", [0x80]],
    ["a character cut short", [0x61, 0xe2, 0x82]],
    ["a character written longer than needed", [0xc0, 0xaf]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a code point past U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("with %s is refused", (_, bytes) => {
    expect(textCode(bytes)).toBe("malformed_arrow");
  });

  it("that is valid as a whole but has a value start within a character is refused", () => {
    expect(textCode([0xc3, 0xbc], [0, 1, 2])).toBe("malformed_arrow");
  });

  it("of every length of character passes", () => {
    expect(textCode(new TextEncoder().encode("aü€🙂\u{feff}"))).toBeUndefined();
  });

  it("outside of the offsets is not looked at", () => {
    expect(textCode([0xff, 0x61, 0xc3, 0xbc, 0xff], [1, 4])).toBeUndefined();
  });

  it.each([65_533, 65_534, 65_535, 65_536])("with a character across a piece's end at %i passes", (at) => {
    const bytes = new Uint8Array(70_000).fill(0x61);
    bytes.set(new TextEncoder().encode("🙂"), at);
    expect(textCode(bytes)).toBeUndefined();
  });

  it("with a fault in its last piece is refused", () => {
    const bytes = new Uint8Array(70_000).fill(0x61);
    bytes[69_999] = 0xc3;
    expect(textCode(bytes)).toBe("malformed_arrow");
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])("is seen as more than ASCII wherever byte %i is", (at) => {
    const bytes = new Uint8Array(12).fill(0x61);
    bytes[at] = 0xff;
    for (const shift of [0, 1, 2, 3]) {
      const offsets = Int32Array.of(0, 9);
      expect(codeOf(() => checkText(placed(bytes.subarray(0, 9), shift), offsets))).toBe("malformed_arrow");
    }
  });
});

function placed(bytes: Uint8Array, shift: number): Uint8Array {
  const room = new Uint8Array(shift + bytes.byteLength);
  room.set(bytes, shift);
  return room.subarray(shift);
}

describe("offsets", () => {
  it("may stay where they are but not go back", () => {
    expect(codeOf(() => checkOffsets(Int32Array.of(2, 2, 5), 5))).toBeUndefined();
    expect(codeOf(() => checkOffsets(Int32Array.of(0, 3, 2), 5))).toBe("malformed_arrow");
  });

  it("may end where the values do but not behind", () => {
    expect(codeOf(() => checkOffsets(Int32Array.of(0, 6), 5))).toBe("malformed_arrow");
  });
});

describe("a validity", () => {
  it("without nulls is dropped", () => {
    expect(checkedValidity(Uint8Array.of(0x07), 3, 0)).toBeUndefined();
  });

  it("with other nulls than declared is refused", () => {
    expect(codeOf(() => checkedValidity(Uint8Array.of(0x05), 3, 0))).toBe("malformed_arrow");
  });
});
