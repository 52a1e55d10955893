import { describe, expect, it } from "vitest";
import { Bytes, Constant } from "../../../../server/dataverse/text/bytes.ts";

function written(write: (out: Bytes) => void): string {
  const out = new Bytes(1);
  write(out);
  return out.view(0, out.length).toString("latin1");
}

describe("Bytes", () => {
  it("keeps what was written when it grows", () => {
    const text = "x".repeat(100);
    expect(
      written((out) => {
        out.ascii("a");
        out.raw(Buffer.from(text));
        out.byte(0x62);
      }),
    ).toBe(`a${text}b`);
  });

  it.each([
    0,
    -0,
    7,
    10,
    99_999_999,
    100_000_000,
    -100_000_001,
    2 ** 31,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ])("writes the integer %d digit by digit", (value) => {
    expect(written((out) => out.integer(value))).toBe(String(value));
  });

  it.each(["", "a", "abcdefgh", "a".repeat(23), "a".repeat(24), "a".repeat(25), "a".repeat(100)])(
    "writes the constant %j and nothing after it",
    (text) => {
      const constant = new Constant(text);
      expect(
        written((out) => {
          out.constant(constant);
          out.constant(constant);
          out.byte(0x2e);
        }),
      ).toBe(`${text}${text}.`);
    },
  );

  it.each([1, 9, 10, 99, 100, 999, 9_999, 10_000, 99_999, 100_000, 999_999, 1_000_000, 9_999_999, 10_000_000])(
    "writes %d without zeros in front",
    (value) => {
      expect(written((out) => out.integer(value))).toBe(String(value));
    },
  );

  it.each([1, 2, 3, 4, 5, 8])("writes %i digits", (width) => {
    expect(
      written((out) => {
        out.reserve(8);
        out.digits(7, width);
      }),
    ).toBe("7".padStart(width, "0"));
  });

  it("writes the low digits of a number that has more", () => {
    expect(
      written((out) => {
        out.reserve(8);
        out.digits(1_234_567, 3);
        out.digits(1_234_567, 5);
      }),
    ).toBe("56734567");
  });

  it("writes every number of four digits", () => {
    const numbers = Array.from({ length: 10_000 }, (_, value) => value);
    expect(
      written((out) => {
        for (const value of numbers) {
          out.reserve(8);
          out.digits(value * 10_000 + value, 8);
        }
      }),
    ).toBe(numbers.map((value) => String(value).padStart(4, "0").repeat(2)).join(""));
  });

  it.each(["a", "x".repeat(33)])("writes the ASCII text %j", (text) => {
    expect(written((out) => out.ascii(text))).toBe(text);
  });

  it("puts zeros in front of digits of a fixed width", () => {
    expect(
      written((out) => {
        out.reserve(4);
        out.digits(42, 4);
      }),
    ).toBe("0042");
  });

  it("forgets what follows a truncation", () => {
    expect(
      written((out) => {
        out.ascii("kept, gone");
        out.truncate(4);
        out.ascii("!");
      }),
    ).toBe("kept!");
  });

  it("never grows by a truncation", () => {
    expect(written((out) => out.truncate(1_000))).toBe("");
  });
});
