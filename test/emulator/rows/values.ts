/** The rules of the data: a JSON value becomes a stored value of its column, or the service's refusal. */
import { guidLength, readGuid } from "../core/guid-words.ts";
import type { Column, Table } from "../schema/types.ts";
import { codes, conversionError, ServiceError } from "../wire/errors.ts";
import type { Json } from "../wire/json-value.ts";
import { NumberText } from "../wire/json-value.ts";
import { canonicalDate, canonicalInstant, compareInstants } from "./date-time.ts";
import { canonicalDecimal, compareDecimals, fractionDigits, roundDecimal } from "./decimal.ts";
import { checkImage, isBase64 } from "./image.ts";

export interface Reference {
  readonly table: string;
  readonly id: string;
}

/** Decimals, money and instants are canonical text; big integers are bigint. */
export type Stored = string | number | boolean | bigint | Reference | null;

export interface ValueRules {
  /** Digits after the second: to the microsecond, or none as the service is thought to do. */
  readonly subseconds: "keep" | "drop";
  /** Digits beyond the precision of a decimal, money or float column. */
  readonly excessDigits: "refuse" | "round";
  /** Whether a text without characters is stored as null. */
  readonly emptyText: "null" | "keep";
}

export interface Place {
  readonly table: Table;
  readonly column: Column;
}

const guidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const words = new Uint32Array(4);

/** The GUID in lower case, undefined if the text is none. */
export function canonicalGuid(text: string): string | undefined {
  if (text.length === guidLength && readGuid(text, words, 0)) {
    return text;
  }
  return guidForm.test(text) ? text.toLowerCase() : undefined;
}

/** Throws the service's refusal. Lookups do not come here: they are bound, not written. */
export function readValue(place: Place, value: Json, rules: ValueRules): Stored {
  if (value === null) {
    return null;
  }
  switch (place.column.type) {
    case "text":
    case "memo":
      return readText(place, value, rules);
    case "integer":
      return Number(readInteger(place, value, "Edm.Int32"));
    case "bigint":
      return BigInt(readInteger(place, value, "Edm.Int64"));
    case "decimal":
    case "money":
      return readDecimal(place, value, rules);
    case "float":
      return Number(readDecimal(place, value, rules, "Edm.Double"));
    case "boolean":
      return typeof value === "boolean" ? value : refuseLiteral(place, value, "Edm.Boolean");
    case "choice":
      return readChoice(place, value);
    case "state":
      return readState(place, value);
    case "status":
      // Whether a status exists is asked together with its state.
      return readOption(place, value);
    case "datetime":
      return readMoment(place, value, "Edm.DateTimeOffset", (text) => canonicalInstant(text, rules.subseconds));
    case "dateonly":
      return readMoment(place, value, "Edm.Date", canonicalDate);
    case "guid":
      return (typeof value === "string" ? canonicalGuid(value) : undefined) ?? refuseLiteral(place, value, "Edm.Guid");
    case "multiselect":
      return readChoices(place, value);
    case "image":
      return readImage(place, value);
    case "lookup":
    case "file":
    case "partylist":
      return refuseLiteral(place, value, "Edm.Guid");
  }
}

function readImage(place: Place, value: Json): Stored {
  if (typeof value !== "string" || !isBase64(value)) {
    return refuseLiteral(place, value, "Edm.Binary");
  }
  if (value === "") {
    return null;
  }
  checkImage(place.column, value);
  return value;
}

/** More choices than the service keeps in one column. */
const choicesMax = 150;

/** `1,9,14`, blanks tolerated; none selected is null. */
function readChoices(place: Place, value: Json): Stored {
  if (typeof value !== "string") {
    return refuseLiteral(place, value, "Edm.String");
  }
  const chosen = value.split(",").flatMap((text) => (text.trim() === "" ? [] : [text.trim()]));
  const values = new Set(chosen.map((text) => Number(readChoice(place, new NumberText(text)))));
  if (values.size > choicesMax) {
    throw new ServiceError(
      400,
      codes.options,
      `The value of '${place.column.name}' on record of type '${place.table.name}' is out of range: ${values.size} choices, at most ${choicesMax} are allowed.`,
    );
  }
  return values.size === 0 ? null : [...values].sort((a, b) => a - b).join(",");
}

function readText({ table, column }: Place, value: Json, rules: ValueRules): Stored {
  if (typeof value !== "string") {
    return refuseLiteral({ table, column }, value, "Edm.String");
  }
  const illegal = illegalCharacter(value);
  if (illegal !== undefined) {
    const shown = illegal.toString(16).toUpperCase().padStart(2, "0");
    throw new ServiceError(
      400,
      codes.character,
      `Invalid character in field '${column.name}': '', hexadecimal value 0x${shown}, is an invalid character.`,
    );
  }
  if (value.length > column.maxLength) {
    throw new ServiceError(
      400,
      codes.textTooLong,
      `A validation error occurred.  The length of the '${column.name}' attribute of the '${table.name}' entity exceeded the maximum allowed length of '${column.maxLength}'.`,
    );
  }
  return value === "" && rules.emptyText === "null" ? null : value;
}

/** Beyond what most texts consist of; a pattern looks through them faster than a loop. */
const unusual = /[^ -\ud7ff]/;

/** The first UTF-16 unit that XML 1.0 does not allow, half surrogate pairs included. */
function illegalCharacter(text: string): number | undefined {
  if (!unusual.test(text)) {
    return undefined;
  }
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isIllegal(unit)) {
      return unit;
    }
    if (unit >= 0xd800 && unit < 0xe000) {
      if (!isPair(unit, text.charCodeAt(at + 1))) {
        return unit;
      }
      at += 1;
    }
  }
  return undefined;
}

function isIllegal(unit: number): boolean {
  return unit < 0x20 ? unit !== 0x9 && unit !== 0xa && unit !== 0xd : unit >= 0xfffe;
}

function isPair(high: number, low: number): boolean {
  return high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}

function readInteger({ table, column }: Place, value: Json, edm: "Edm.Int32" | "Edm.Int64"): number | bigint {
  // A double holds fifteen digits, and the limits well enough beside them.
  const small = value instanceof NumberText ? smallInteger(value.text) : Number.NaN;
  const { least, most } = limitsOf(column);
  if (small >= least && small <= most && (edm === "Edm.Int64" || (small | 0) === small)) {
    // There is no negative zero among integers.
    return small === 0 ? 0 : small;
  }
  if (!(value instanceof NumberText) || !/^-?\d{1,19}$/.test(value.text)) {
    return refuseLiteral({ table, column }, value, edm);
  }
  const integer = BigInt(value.text);
  const bits = edm === "Edm.Int32" ? 32 : 64;
  if (BigInt.asIntN(bits, integer) !== integer) {
    return refuseLiteral({ table, column }, value, edm);
  }
  if (integer < BigInt(column.min) || integer > BigInt(column.max)) {
    throw new ServiceError(
      400,
      codes.integerRange,
      `A validation error occurred.  The value of '${column.name}' on record of type '${table.name}' is outside the valid range.`,
    );
  }
  return integer;
}

/** NaN if the text is anything but up to fifteen digits with a sign. */
function smallInteger(text: string): number {
  const start = text.charCodeAt(0) === 0x2d ? 1 : 0;
  let small = text.length > start && text.length <= 15 ? 0 : Number.NaN;
  for (let at = start; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    small = digit >= 0 && digit <= 9 ? 10 * small + digit : Number.NaN;
  }
  return start === 0 ? small : -small;
}

interface Limits {
  readonly least: number;
  readonly most: number;
}

const limits = new WeakMap<Column, Limits>();

/** The limits of a numeric column as doubles. */
function limitsOf(column: Column): Limits {
  let known = limits.get(column);
  if (known === undefined) {
    known = { least: Number(column.min), most: Number(column.max) };
    limits.set(column, known);
  }
  return known;
}

function isWithin(column: Column, exact: string): boolean {
  if (exact.length <= 15) {
    const { least, most } = limitsOf(column);
    const value = Number(exact);
    if (value > least && value < most) {
      return true;
    }
  }
  return compareDecimals(exact, column.min) >= 0 && compareDecimals(exact, column.max) <= 0;
}

/** Digits that a 96-bit decimal holds without loss. */
const significantDigitsMax = 28;

function hasTooManyDigits(exact: string): boolean {
  return exact.length > significantDigitsMax && exact.replace(/\D/g, "").length > significantDigitsMax;
}

function readDecimal(
  { table, column }: Place,
  value: Json,
  rules: ValueRules,
  edm: "Edm.Decimal" | "Edm.Double" = "Edm.Decimal",
): string {
  const exact = value instanceof NumberText ? canonicalDecimal(value.text) : undefined;
  if (exact === undefined || (edm === "Edm.Decimal" && hasTooManyDigits(exact))) {
    return refuseLiteral({ table, column }, value, edm);
  }
  if (!isWithin(column, exact)) {
    throw new ServiceError(
      400,
      codes.decimalRange,
      `A validation error occurred.  The value of '${column.name}' on record of type '${table.name}' is outside the valid range.`,
    );
  }
  // Digits that the currency or the organization sets are counted when these are known.
  if (column.precisionSource !== 0 || fractionDigits(exact) <= column.precision) {
    return exact;
  }
  if (rules.excessDigits === "round") {
    return roundDecimal(exact, column.precision);
  }
  throw excessDigits({ table, column }, column.precision);
}

export function excessDigits({ table, column }: Place, digits: number): ServiceError {
  return new ServiceError(
    400,
    codes.decimalRange,
    `A validation error occurred.  The value of '${column.name}' on record of type '${table.name}' has more than ${digits} digits after the decimal point.`,
  );
}

function readOption(place: Place, value: Json): number {
  const integer = value instanceof NumberText && /^-?\d{1,10}$/.test(value.text) ? Number(value.text) : undefined;
  return integer === undefined || (integer | 0) !== integer ? refuseLiteral(place, value, "Edm.Int32") : integer;
}

function readState(place: Place, value: Json): number {
  const state = readOption(place, value);
  if (!place.column.options.some((option) => option.value === state)) {
    throw new ServiceError(400, codes.state, `The state ${state} is not valid for this object: ${place.table.name}.`);
  }
  return state;
}

function readChoice({ table, column }: Place, value: Json): number {
  const chosen = readOption({ table, column }, value);
  if (!column.options.some((option) => option.value === chosen)) {
    const accepted = column.options.map((option) => option.value).join(",");
    throw new ServiceError(
      400,
      codes.choice,
      `A validation error occurred.  The value ${chosen} of '${column.name}' on record of type '${table.name}' is outside the valid range. Accepted Values: ${accepted}`,
    );
  }
  return chosen;
}

function readMoment(place: Place, value: Json, edm: string, canonical: (text: string) => string): string {
  const moment = typeof value === "string" ? canonical(value) : "form";
  if (moment === "form") {
    return refuseLiteral(place, value, edm);
  }
  if (moment === "range") {
    throw new ServiceError(
      400,
      codes.date,
      `DateTime is less than minimum or greater than maximum value supported by CrmDateTime. Attribute: '${place.column.name}'.`,
    );
  }
  return moment;
}

function refuseLiteral(place: Place, value: Json, edm: string): never {
  const shown =
    value instanceof NumberText ? value.text : typeof value === "object" ? "a structured value" : String(value);
  throw conversionError(place.table.setName, shown, edm);
}

/** Text keys and comparisons know neither case nor trailing blanks. */
export function foldText(text: string): string {
  return isFolded(text) ? text : text.toLowerCase().trimEnd();
}

/** Visible ASCII without capitals: most keys are, and need no new text. */
function isFolded(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit <= 0x20 || unit > 0x7e || (unit >= 0x41 && unit <= 0x5a)) {
      return false;
    }
  }
  return true;
}

/** Negative, zero or positive, like a comparator; nulls come first. */
export function compareStored(column: Column, a: Stored, b: Stored): number {
  if (a === null || b === null) {
    return a === b ? 0 : a === null ? -1 : 1;
  }
  switch (column.type) {
    case "text":
    case "memo":
      return compareText(foldText(String(a)), foldText(String(b)));
    case "decimal":
    case "money":
      return compareDecimals(String(a), String(b));
    case "bigint":
      return a < b ? -1 : a > b ? 1 : 0;
    case "integer":
    case "float":
    case "choice":
    case "state":
    case "status":
    case "boolean":
      return Number(a) - Number(b);
    case "datetime":
      return compareInstants(String(a), String(b));
    case "dateonly":
    case "guid":
    case "multiselect":
    case "image":
    case "file":
      return compareText(String(a), String(b));
    case "lookup":
    case "partylist":
      return compareText(idOf(a), idOf(b));
  }
}

function idOf(value: Stored): string {
  return typeof value === "object" && value !== null ? value.id : String(value);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A key part as text: equal texts are equal keys. */
export function keyPart(value: Stored): string {
  return typeof value === "string" ? foldText(value) : typeof value === "object" ? idOf(value) : String(value);
}
