import fc from "fast-check";
import { describe, it } from "vitest";
import { columnOf, decimal, float as floatType, int, timestamp, utf8 } from "../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../support/dataverse/tables.ts";

/** Digits without a point, and how many of them follow it. */
function scaled(text: string): { readonly digits: bigint; readonly scale: number } {
  const [whole = "", fraction = ""] = text.split(".");
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Whether a JSON number is `unscaled` / 10^`scale`, compared without a double. */
function isExactly(text: string, unscaled: bigint, scale: number): boolean {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return false;
  const value = scaled(text);
  return value.digits * 10n ** BigInt(scale) === unscaled * 10n ** BigInt(value.scale);
}

/** Microseconds since 1970 of a UTC text. */
function instantOf(json: string): bigint {
  const match = /^"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z"$/.exec(json);
  if (match === null) throw new Error(`not an instant: ${json}`);
  return BigInt(Date.parse(`${match[1]}Z`)) * 1000n + BigInt((match[2] ?? "").padEnd(6, "0"));
}

describe("every value arrives as it was", () => {
  it("64-bit integers", () => {
    const target = attribute("x", "bigint");
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        return jsonValue(columnOf("x", int(64), [value]), target) === String(value);
      }),
    );
  });

  it("decimals of every width and scale", () => {
    const widths = fc.constantFrom(
      { bits: 32, digits: 9n },
      { bits: 64, digits: 18n },
      { bits: 128, digits: 38n },
      { bits: 256, digits: 76n },
    );
    const scales = fc.constantFrom(0, 1, 4, 9, 38, 76);
    const bounds = fc.bigInt({ min: -(10n ** 76n) + 1n, max: 10n ** 76n - 1n });
    fc.assert(
      fc.property(fc.record({ width: widths, scale: scales, value: bounds }), ({ width, scale, value }) => {
        const unscaled = value % 10n ** width.digits;
        const column = columnOf("x", decimal(width.bits as 32 | 64 | 128 | 256, scale), [unscaled]);
        return isExactly(jsonValue(column, attribute("x", "decimal")), unscaled, scale);
      }),
    );
  });

  it("doubles, to a float and to a decimal", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const column = columnOf("x", floatType(64), [value]);
        const same = (text: string): boolean => Number(text) === value;
        return same(jsonValue(column, attribute("x", "float"))) && same(jsonValue(column, attribute("x", "decimal")));
      }),
    );
  });

  it("singles", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = jsonValue(columnOf("x", floatType(32), [value]), attribute("x", "float"));
        return Math.fround(Number(text)) === value || (Object.is(value, -0) && text === "0");
      }),
    );
  });

  it("microseconds of the service's whole calendar", () => {
    const range = fc.bigInt({ min: -6_847_804_800_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(range, (value) => {
        return instantOf(jsonValue(columnOf("x", timestamp("us"), [value]), attribute("x", "datetime"))) === value;
      }),
    );
  });

  it("text of every character that XML 1.0 allows", () => {
    const target = attribute("x", "memo");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = jsonValue(columnOf("x", utf8, [text]), target);
        const illegal = /[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]/u.test(text);
        return illegal ? json.includes("XML 1.0") : JSON.parse(json) === text;
      }),
    );
  });
});

describe("excess", () => {
  it("is rounded to the nearest, halves away from zero, and truncated towards zero", () => {
    const values = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 1, 2, 5), (unscaled, precision) => {
        const column = columnOf("x", decimal(128, 6), [unscaled]);
        const target = attribute("x", "decimal", { precision });
        const unit = 10n ** BigInt(6 - precision);
        const half = unscaled < 0n ? -unit / 2n : unit / 2n;
        return (
          isExactly(jsonValue(column, target, { excess: "TRUNCATE" }), unscaled / unit, precision) &&
          isExactly(jsonValue(column, target, { excess: "ROUND" }), (unscaled + half) / unit, precision)
        );
      }),
    );
  });
});
