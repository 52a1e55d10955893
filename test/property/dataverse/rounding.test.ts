/** The short cuts for doubles and singles give what their shortest decimal text gives, cut or rounded digit by digit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../../server/arrow/columns.ts";
import { Bytes } from "../../../server/dataverse/text/bytes.ts";
import type { Excess } from "../../../server/dataverse/text/exact-decimal.ts";
import { floatingNumber } from "../../../server/dataverse/values/number-codec.ts";
import { columnOf, float } from "../../support/dataverse/columns.ts";

/** `digits` / 10^`scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

function decimalOf(text: string): Decimal {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** All digits of a double: m / 2^e is m * 5^e / 10^e. */
function exactOf(value: number): Decimal {
  let numerator = value;
  let scale = 0;
  for (; !Number.isInteger(numerator); scale++) numerator *= 2;
  return { digits: BigInt(numerator) * 5n ** BigInt(scale), scale };
}

function magnitude(digits: bigint): bigint {
  return digits < 0n ? -digits : digits;
}

/** The fewest digits that read back as the single, and of those the nearest to it; of two the one further from zero. */
function shortestSingle(value: number): Decimal {
  const exact = exactOf(value);
  const count = String(magnitude(exact.digits)).length;
  for (let kept = 1; kept < count; kept++) {
    const unit = 10n ** BigInt(count - kept);
    const below = (exact.digits / unit) * unit;
    const candidates = [below + (value < 0 ? -unit : unit), below]
      .filter((digits) => Math.fround(Number(`${digits}e-${exact.scale}`)) === value)
      .sort((a, b) => Number(magnitude(a - exact.digits) - magnitude(b - exact.digits)));
    const [digits] = candidates;
    if (digits !== undefined) return { digits, scale: exact.scale };
  }
  return exact;
}

/** As JSON text of at most `precision` digits after the point; halves go away from zero. */
function fitted({ digits, scale }: Decimal, precision: number, excess: Excess): string {
  const lift = 10n ** BigInt(Math.max(0, precision - scale));
  const unit = 10n ** BigInt(Math.max(0, scale - precision));
  const half = excess === "ROUND" ? unit / 2n : 0n;
  const kept = (magnitude(digits) * lift + half) / unit;
  const text = String(kept).padStart(precision + 1, "0");
  const point = text.length - precision;
  const unsigned = `${text.slice(0, point)}.${text.slice(point)}`.replace(/\.?0*$/, "");
  return digits < 0n && kept > 0n ? `-${unsigned}` : unsigned;
}

function sent(column: Column, precision: number, excess: Excess): string {
  const out = new Bytes(16);
  floatingNumber({ precision, min: undefined, max: undefined }, excess)(column)(0, out);
  return out.view(0, out.length).toString("latin1");
}

const precision = fc.integer({ min: 0, max: 10 });
const excess = fc.constantFrom<Excess>("ROUND", "TRUNCATE");

/** Neighbours among doubles: `by` steps away. Zero stays. */
function neighbour(value: number, by: number): number {
  if (value === 0) return value;
  const bits = new BigInt64Array(1);
  const view = new Float64Array(bits.buffer);
  view[0] = value;
  bits[0] = (bits[0] ?? 0n) + BigInt(by);
  return view[0] ?? 0;
}

/** n + 1/2 units of the last digit kept, exactly, by a few doubles beside it, or by about the margin beside it. */
function nearHalves(digitsKept: number): fc.Arbitrary<number> {
  const small = fc.integer({ min: 0, max: 13 }).chain((digits) => fc.nat({ max: 10 ** digits * 2 }));
  // Where a product is least exact and its text is not looked at.
  const whole = fc.oneof(small, fc.integer({ min: 10 ** 11, max: 10 ** 12 }));
  const offset = fc.constantFrom(0, 0, 0, 1e-5, 1e-4, 5e-4, 9.99e-4, 1e-3, 1.001e-3, 2e-3, 0.5);
  const parts = fc.record({ whole, offset, below: fc.boolean(), negative: fc.boolean() });
  return fc
    .tuple(parts, fc.constantFrom(0, 0, 0, 0, -1, 1, -4, 4))
    .map(([{ whole: n, offset: by, below, negative }, steps]) => {
      const value = neighbour((n + 0.5 + (below ? -by : by)) / 10 ** digitsKept, steps);
      return negative ? -value : value;
    });
}

/** From the least to the greatest, all magnitudes alike. */
const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
const anySingle = fc.float({ noNaN: true, noDefaultInfinity: true });
const fewDigits = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => Number(`${digits}e-${scale}`));

const cases = fc
  .record({ precision, excess })
  .chain((as) => fc.record({ as: fc.constant(as), value: fc.oneof(nearHalves(as.precision), anyDouble, fewDigits) }));
const singleCases = cases.chain(({ as, value }) =>
  fc.record({ as: fc.constant(as), value: fc.oneof(fc.constant(Math.fround(value)), anySingle) }),
);

describe("a number with more digits than its attribute", () => {
  it("is cut or rounded as its shortest text, from a double", () => {
    fc.assert(
      fc.property(cases, ({ as, value }) => {
        const text = sent(columnOf("x", float(64), [value]), as.precision, as.excess);
        expect(text).toBe(fitted(decimalOf(String(value)), as.precision, as.excess));
      }),
      { numRuns: 20_000 },
    );
  });

  it("is cut or rounded as its shortest text, from a single", () => {
    fc.assert(
      fc.property(singleCases, ({ as, value }) => {
        fc.pre(Number.isFinite(value));
        const text = sent(columnOf("x", float(32), [value]), as.precision, as.excess);
        // One that fits with all its digits loses nothing, in whichever of its texts it goes.
        if (exactOf(value).scale <= as.precision) expect(Math.fround(Number(text))).toBe(value + 0);
        else expect(text).toBe(fitted(shortestSingle(value), as.precision, as.excess));
      }),
      { numRuns: 10_000 },
    );
  });

  it("is rounded away from zero at a half of its text, though the double is below the half or above", () => {
    const halves = [1.005, 2.675, 8.345, 0.145, 1.255, 4.35, 1000.505];
    const rounded = halves.map((value) => sent(columnOf("x", float(64), [value]), 2, "ROUND"));
    expect(rounded).toEqual(["1.01", "2.68", "8.35", "0.15", "1.26", "4.35", "1000.51"]);
  });
});
