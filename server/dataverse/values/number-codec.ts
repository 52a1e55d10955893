/** Numbers to whole-number, big-integer, decimal, money and float attributes, exact to the last digit. */
import type { Column, ColumnType } from "../../arrow/columns.ts";
import type { Bytes } from "../text/bytes.ts";
import type { Excess } from "../text/exact-decimal.ts";
import { ExactDecimal } from "../text/exact-decimal.ts";
import { aboveMaximum, belowMinimum, SCALED_MAX, ScaledRange, writeScaled } from "../text/scaled.ts";
import type { BindColumn, WriteValue } from "../text/value.ts";
import { viewOf } from "../text/value.ts";

export interface NumberLimits {
  /** Digits after the point; undefined: as many as there are. */
  readonly precision: number | undefined;
  readonly min: string | undefined;
  readonly max: string | undefined;
}

const NOT_FINITE = "not a finite number";

const TWO_32 = 4_294_967_296;

/** Digits of a double that stand for the same decimal. */
const SCALE_MAX = 15;

/** The digits after the point of money-like values: the guess where the attribute names no precision. */
const MONEY_SCALE = 4;

type Load = (row: number) => ExactDecimal;

/** The values of an integer column as numbers: exact within 2^53, beyond it the nearest double. */
export function integerReader(column: Column): (row: number) => number {
  const view = viewOf(column);
  const { type } = column.field;
  if (type.kind !== "int") throw new RangeError(`no integers in a column of ${type.kind}`);
  const { bits, signed } = type;
  if (bits === 8) return signed ? (row) => view.getInt8(row) : (row) => view.getUint8(row);
  if (bits === 16) return signed ? (row) => view.getInt16(2 * row, true) : (row) => view.getUint16(2 * row, true);
  if (bits === 32) return signed ? (row) => view.getInt32(4 * row, true) : (row) => view.getUint32(4 * row, true);
  return signed
    ? (row) => view.getInt32(8 * row + 4, true) * TWO_32 + view.getUint32(8 * row, true)
    : (row) => view.getUint32(8 * row + 4, true) * TWO_32 + view.getUint32(8 * row, true);
}

/** Whole numbers within 32 bits; limits as metadata gives them. */
export function wholeNumber(limits: NumberLimits): BindColumn {
  const min = Math.max(-2_147_483_648, Number(limits.min ?? -2_147_483_648));
  const max = Math.min(2_147_483_647, Number(limits.max ?? 2_147_483_647));
  const outside = `a whole number outside ${min} to ${max}`;
  return (column) => {
    const read = integerReader(column);
    return (row, out) => {
      const value = read(row);
      if (value < min || value > max) return outside;
      out.integer(value);
      return undefined;
    };
  };
}

/** Any number through its digits: big integers, decimals, money. */
export function exactNumber(limits: NumberLimits, excess: Excess): BindColumn {
  const check = checker(limits, excess);
  return (column) => {
    const load = loader(column);
    const slow: WriteValue = (row, out) => {
      const value = load(row);
      const flaw = check(value);
      if (flaw === undefined) value.write(out);
      return flaw;
    };
    return fastDecimal(column, limits, slow) ?? slow;
  };
}

/** Decimals of up to 15 digits, with none to lose; the rest goes the slow way. */
function fastDecimal(column: Column, limits: NumberLimits, slow: WriteValue): WriteValue | undefined {
  const { type } = column.field;
  const precision = limits.precision ?? SCALE_MAX;
  if (type.kind !== "decimal" || type.bits === 32 || type.scale > Math.min(precision, SCALE_MAX)) return undefined;
  const view = viewOf(column);
  const width = type.bits / 8;
  const { scale } = type;
  const power = 10 ** scale;
  const range = new ScaledRange(limits, scale);
  return (row, out) => {
    const at = row * width;
    const high = view.getInt32(at + 4, true);
    const value = high * TWO_32 + view.getUint32(at, true);
    if (value >= SCALED_MAX || value <= -SCALED_MAX || !isExtended(view, at, width)) return slow(row, out);
    const flaw = range.flawOf(value);
    if (flaw === undefined) writeScaled(value, power, scale, out);
    return flaw;
  };
}

/** Whether the words above the first two only repeat their sign. */
function isExtended(view: DataView, at: number, width: number): boolean {
  const sign = view.getInt32(at + 4, true) >> 31;
  for (let word = at + 8; word < at + width; word += 4) if (view.getInt32(word, true) !== sign) return false;
  return true;
}

/**
 * Doubles and singles, by the shortest decimal text that reads back as the same number; a single whose digits are exact within the
 * precision goes with all of them.
 */
export function floatingNumber(limits: NumberLimits, excess: Excess): BindColumn {
  const check = checker(limits, excess);
  const scale = Math.min(limits.precision ?? MONEY_SCALE, SCALE_MAX);
  const power = 10 ** scale;
  const range = new ScaledRange(limits, scale);
  return (column) => {
    const read = floatReader(column);
    const rounds = excess === "ROUND" && limits.precision === scale && !isSingle(column);
    const text = isSingle(column) ? shortestSingle : String;
    const decimal = new ExactDecimal();
    return (row, out) => {
      const value = read(row);
      const product = value * power;
      const scaled = Math.round(product);
      if (isExactQuotient(scaled, power, value) || (rounds && isFarFromHalf(product))) {
        const flaw = range.flawOf(scaled);
        if (flaw === undefined) writeScaled(scaled, power, scale, out);
        return flaw;
      }
      if (!Number.isFinite(value)) return NOT_FINITE;
      const flaw = check(decimal.loadText(text(value)));
      if (flaw === undefined) decimal.write(out);
      return flaw;
    };
  };
}

function isSingle({ field }: Column): boolean {
  return field.type.kind === "float" && field.type.bits === 32;
}

function floatReader(column: Column): (row: number) => number {
  const view = viewOf(column);
  return isSingle(column) ? (row) => view.getFloat32(4 * row, true) : (row) => view.getFloat64(8 * row, true);
}

/** Doubles to a float attribute that bounds no digits: the shortest text that reads back as the same double. */
export function wideFloat(limits: NumberLimits): BindColumn {
  const min = Number(limits.min ?? -Number.MAX_VALUE);
  const max = Number(limits.max ?? Number.MAX_VALUE);
  const outside = `a number outside ${min} to ${max}`;
  return (column) => {
    const view = viewOf(column);
    return (row, out) => {
      const value = view.getFloat64(8 * row, true);
      if (!Number.isFinite(value)) return NOT_FINITE;
      if (value < min || value > max) return outside;
      const scaled = Math.round(value * 1e4);
      if (isExactQuotient(scaled, 1e4, value)) writeScaled(scaled, 1e4, 4, out);
      else out.ascii(String(value));
      return undefined;
    };
  };
}

/** Up to 15 digits a decimal and its double stand for each other: a quotient that hits the double is its shortest text. */
function isExactQuotient(scaled: number, power: number, value: number): boolean {
  return Math.abs(scaled) < SCALED_MAX && scaled / power === value;
}

/** Below 1e12 a product and its decimal text are less than 0.0003 apart: out of reach of a half, both round alike. */
function isFarFromHalf(product: number): boolean {
  return Math.abs(product) < 1e12 && Math.abs(product - Math.floor(product) - 0.5) > 0.001;
}

/** Integers beyond 2^53 would change in a float attribute. */
export function integerAsFloat(limits: NumberLimits, excess: Excess): BindColumn {
  const exact = exactNumber(limits, excess);
  return (column): WriteValue => {
    const read = integerReader(column);
    const write = exact(column);
    return (row: number, out: Bytes) =>
      Number.isSafeInteger(read(row)) ? write(row, out) : "a whole number beyond 2^53, which a float cannot hold";
  };
}

/** The shortest text that reads back as the same 32-bit float; 9 digits always do. */
function shortestSingle(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function checker(limits: NumberLimits, excess: Excess): (value: ExactDecimal) => string | undefined {
  const { precision } = limits;
  const min = limits.min === undefined ? undefined : new ExactDecimal().loadText(limits.min);
  const max = limits.max === undefined ? undefined : new ExactDecimal().loadText(limits.max);
  const below = belowMinimum(limits.min);
  const above = aboveMaximum(limits.max);
  const tooPrecise = `a number with more than its ${precision} digits after the point`;
  return (value) => {
    if (precision !== undefined && !value.fit(precision, excess)) return tooPrecise;
    if (min !== undefined && value.compare(min) < 0) return below;
    if (max !== undefined && value.compare(max) > 0) return above;
    return undefined;
  };
}

function loader(column: Column): Load {
  const view = viewOf(column);
  const decimal = new ExactDecimal();
  const type: ColumnType = column.field.type;
  if (type.kind === "decimal") {
    const shape = { count: type.bits / 32, scale: type.scale };
    const width = type.bits / 8;
    return (row) => decimal.loadWords(view, row * width, shape);
  }
  if (type.kind === "int" && type.bits === 64) {
    const shape = { count: 2, scale: 0 };
    return type.signed
      ? (row) => decimal.loadWords(view, 8 * row, shape)
      : (row) => decimal.loadUnsignedWords(view, 8 * row);
  }
  const read = integerReader(column);
  return (row) => decimal.loadInteger(read(row), 0);
}
