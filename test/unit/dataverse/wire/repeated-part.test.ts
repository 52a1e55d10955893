import { describe, expect, it } from "vitest";
import { RepeatedPart } from "../../../../server/dataverse/wire/repeated-part.ts";

const kept = "HTTP/1.1 204 No Content\r\nOData-EntityId: rows(id-1)\r\n\r\n\r\n--end";
const value = [kept.indexOf(" rows"), kept.indexOf("\r\n\r\n")];

function wordsOf(text: string): DataView {
  return new DataView(Uint8Array.from(Buffer.from(text, "latin1")).buffer);
}

function distanceOf(next: string, values: readonly number[] = value): number | undefined {
  const repeated = new RepeatedPart(wordsOf(kept + next));
  repeated.keep(0, kept.length, values);
  return repeated.distance(kept.length);
}

describe("a part like the one before", () => {
  it("may have another text of the same length in a value", () => {
    expect(distanceOf(kept.replace("rows(id-1)", "cols[ID~2]"))).toBe(kept.length);
  });

  it("is one wherever the four bytes of a step begin", () => {
    for (let blanks = 0; blanks < 4; blanks++) {
      const shifted = " ".repeat(blanks) + kept;
      const repeated = new RepeatedPart(wordsOf(shifted + shifted.replace("id-1", "id-2")));
      repeated.keep(
        0,
        shifted.length,
        value.map((at) => at + blanks),
      );
      expect(repeated.distance(shifted.length)).toBe(shifted.length);
    }
  });

  it("becomes the one before", () => {
    const repeated = new RepeatedPart(wordsOf(kept + kept.replace("id-1", "id-2") + kept.replace("id-1", "id-3")));
    repeated.keep(0, kept.length, value);
    expect([repeated.distance(kept.length), repeated.distance(2 * kept.length)]).toEqual([kept.length, kept.length]);
  });
});

describe("no part like the one before", () => {
  it("differs outside the values of its lines", () => {
    for (const at of kept.split("").keys()) {
      const isInValue = at >= (value[0] ?? 0) && at < (value[1] ?? 0);
      const changed = `${kept.slice(0, at)}!${kept.slice(at + 1)}`;
      expect([at, distanceOf(changed) !== undefined]).toEqual([at, isInValue]);
    }
  });

  it("holds in a value what is not plain text", () => {
    const at = kept.indexOf("id-1");
    for (const byte of [0, 0x09, 0x0a, 0x0d, 0x1f, 0x7f, 0x80, 0xff]) {
      const changed = kept.slice(0, at) + String.fromCharCode(byte) + kept.slice(at + 1);
      expect([byte, distanceOf(changed)]).toEqual([byte, undefined]);
    }
  });

  it("differs where no line has a value", () => {
    expect(distanceOf(kept.replace("id-1", "id-2"), [])).toBeUndefined();
  });

  it("is cut off", () => {
    expect(distanceOf(kept.slice(0, -1))).toBeUndefined();
  });

  it("comes before any was kept, or after it was forgotten", () => {
    const repeated = new RepeatedPart(wordsOf(kept + kept));
    const before = repeated.distance(0);
    repeated.keep(0, kept.length, value);
    repeated.forget();
    expect([before, repeated.distance(kept.length)]).toEqual([undefined, undefined]);
  });
});
