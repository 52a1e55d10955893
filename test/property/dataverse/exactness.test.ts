import fc from "fast-check";
import { describe, it } from "vitest";
import { foldText } from "../../../server/dataverse/keys/keys.ts";
import { binary, list, text } from "../../support/columns.ts";
import { columnOf, decimal, float as floatType, int, timestamp, utf8 } from "../../support/dataverse/columns.ts";
import { attribute, jsonValue, optionsOf } from "../../support/dataverse/tables.ts";

const byLabel = { columns: [{ sources: ["x"], target: "x", choice: { by: "LABEL" } }] } as const;

/** What folds to nothing is no label. */
function noneBlank(labels: readonly string[]): boolean {
  return labels.every((label) => foldText(label) !== "");
}

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

  it("doubles of up to 15 digits, to attributes of every precision", () => {
    const scaled = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(scaled, fc.integer({ min: 0, max: 10 }), (unscaled, precision) => {
        const column = columnOf("x", floatType(64), [unscaled / 10 ** precision]);
        const sent = (kind: "float" | "decimal"): string => jsonValue(column, attribute("x", kind, { precision }));
        return isExactly(sent("float"), BigInt(unscaled), precision) && sent("decimal") === sent("float");
      }),
    );
  });

  it("decimals within their limits, and none beyond", () => {
    const digits = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });
    const limits = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    const fixed = (value: bigint): string =>
      `${value < 0n ? "-" : ""}${String(value < 0n ? -value : value)
        .padStart(5, "0")
        .replace(/(....)$/, ".$1")}`;
    fc.assert(
      fc.property(digits, limits, limits, (unscaled, one, other) => {
        const [min, max] = one < other ? [one, other] : [other, one];
        const target = attribute("x", "decimal", { precision: 4, minValue: fixed(min), maxValue: fixed(max) });
        const sent = jsonValue(columnOf("x", decimal(128, 4), [unscaled]), target);
        if (unscaled < min) return sent.endsWith(`is a number below its minimum of ${fixed(min)}.`);
        if (unscaled > max) return sent.endsWith(`is a number above its maximum of ${fixed(max)}.`);
        return isExactly(sent, unscaled, 4);
      }),
    );
  });

  it("whole numbers out of decimals and floats", () => {
    const target = attribute("x", "integer");
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 9 }), (value, scale) => {
        const inDecimal = columnOf("x", decimal(128, scale), [BigInt(value) * 10n ** BigInt(scale)]);
        const inFloat = columnOf("x", floatType(64), [value]);
        return jsonValue(inDecimal, target) === String(value) && jsonValue(inFloat, target) === String(value);
      }),
    );
  });

  it("choices by value and by label, one and several", () => {
    const labels = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 8,
      selector: (label) => foldText(label),
    });
    fc.assert(
      fc.property(labels.filter(noneBlank), fc.nat(), fc.nat(), (given, first, second) => {
        const options = optionsOf(Object.fromEntries(given.map((label, index) => [7 * index, label])));
        const picks = [first % given.length, second % given.length];
        const texts = picks.map((pick) => given[pick] ?? "");
        const values = picks.map((pick) => 7 * pick);
        const one = attribute("x", "choice", { options });
        const several = attribute("x", "choices", { options });
        const inList = list("x", [texts], (items) => text("element", items));
        return (
          jsonValue(columnOf("x", utf8, [texts[0] ?? ""]), one, byLabel) === String(values[0]) &&
          jsonValue(columnOf("x", int(32), [BigInt(values[0] ?? 0)]), one) === String(values[0]) &&
          jsonValue(inList, several, byLabel) === `"${[...new Set(values)].join()}"`
        );
      }),
    );
  });

  it("images", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (rest) => {
        const bytes = Buffer.concat([Buffer.from("GIF89a"), rest]);
        const sent = jsonValue(binary("x", [bytes]), attribute("x", "image"));
        return Buffer.from(JSON.parse(sent), "base64").equals(bytes);
      }),
    );
  });

  it("durations of whole minutes, in every unit", () => {
    const units = fc.constantFrom(["s", 1n], ["ms", 1_000n], ["us", 1_000_000n], ["ns", 1_000_000_000n]);
    const target = attribute("x", "integer", { format: "Duration" });
    fc.assert(
      fc.property(fc.integer({ min: -150_000_000, max: 150_000_000 }), units, (minutes, [unit, perSecond]) => {
        const type = { kind: "duration", unit: unit as "s" | "ms" | "us" | "ns" } as const;
        return jsonValue(columnOf("x", type, [BigInt(minutes) * 60n * BigInt(perSecond)]), target) === String(minutes);
      }),
    );
  });

  it("instants of every unit", () => {
    const units = fc.constantFrom(["s", 1_000_000n], ["ms", 1_000n], ["us", 1n]);
    const range = fc.bigInt({ min: -6_847_804_800_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(range, units, (micros, [unit, size]) => {
        const count = micros / BigInt(size);
        const type = timestamp(unit as "s" | "ms" | "us");
        const sent = jsonValue(columnOf("x", type, [count]), attribute("x", "datetime"));
        return instantOf(sent) === count * BigInt(size);
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
