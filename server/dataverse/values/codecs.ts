/** Which column types can be sent to which attributes, and how. What is missing here is refused before the first row. */
import type { ColumnType } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Excess } from "../text/exact-decimal.ts";
import type { Codec, Source } from "../text/value.ts";
import { bare, quoted } from "../text/value.ts";
import { bigInteger } from "./big-integer-codec.ts";
import { booleanCodec, choiceCodec } from "./choice-codec.ts";
import { choicesCodec } from "./choices-codec.ts";
import { wholeMinutes } from "./duration-codec.ts";
import { guidBytes, guidText } from "./guid-codec.ts";
import { imageCodec } from "./image-codec.ts";
import type { NumberLimits } from "./number-codec.ts";
import { exactNumber, floatingNumber, integerAsFloat, wholeNumber, wideFloat } from "./number-codec.ts";
import type { ChoiceRequest } from "./options.ts";
import { textCodec } from "./text-codec.ts";
import { dateOnly, dateTime } from "./time-codec.ts";

export interface CodecOptions {
  readonly excess: Excess;
  /** What a timestamp without zone means; undefined: nothing was said. */
  readonly naive: "UTC" | undefined;
  /** Absent: by value. */
  readonly choice?: ChoiceRequest | undefined;
}

const INT64: NumberLimits = { precision: 0, min: "-9223372036854775808", max: "9223372036854775807" };

/** A column of the null type, which holds no value to write. */
const ALWAYS_NULL = bare(() => () => undefined);

/** Arrow allows any scale; beyond these a value has more digits than any attribute holds. */
const SCALE_MAX = 76;

/** @returns the codec, or what is expected instead: it completes "expected …". */
export function chooseCodec(source: Source, attribute: Attribute, options: CodecOptions): Codec | string {
  const codec = typedCodec(source, attribute, options);
  return source.type.kind === "null" && canBeWritten(attribute) ? ALWAYS_NULL : codec;
}

/** Files and parties are written by operations of their own. */
function canBeWritten({ kind }: Attribute): boolean {
  return kind !== "other" && kind !== "file" && kind !== "partylist";
}

function typedCodec(source: Source, attribute: Attribute, options: CodecOptions): Codec | string {
  const { type } = source;
  switch (attribute.kind) {
    case "text":
    case "memo":
      return type.kind === "utf8" ? textCodec(attribute.maxLength, options.excess) : "utf8; cast the column to string";
    case "integer":
    case "bigint":
      return integerCodec(type, attribute, options.excess);
    case "decimal":
    case "money":
      return numberCodec(type, limitsOf(attribute), options.excess) ?? "a decimal, integer or float type";
    case "float":
      return floatCodec(type, limitsOf(attribute), options.excess) ?? "a float, integer or decimal type";
    case "boolean":
      return booleanCodec(type, attribute, options.choice);
    case "choice":
    case "state":
    case "status":
      return choiceCodec(type, attribute, options.choice);
    case "choices":
      return choicesCodec(source, attribute, options.choice);
    case "dateonly":
      return dateOnlyCodec(type, options);
    case "datetime":
      return dateTimeCodec(type, attribute, options);
    case "guid":
    case "lookup":
    case "customer":
    case "owner":
      return guidCodec(type) ?? "a GUID: utf8 of 36 characters or fixed_size_binary(16)";
    case "image":
      return imageCodec(type, attribute);
    case "partylist":
    case "file":
    case "other":
      return `nothing: attributes of type ${attribute.typeName} are not in this version`;
  }
}

function limitsOf(attribute: Attribute): NumberLimits {
  return { precision: attribute.precision, min: attribute.minValue, max: attribute.maxValue };
}

function integerLimits(attribute: Attribute): NumberLimits {
  const { min, max } = limitsOf(attribute);
  return { precision: 0, min: min ?? "-2147483648", max: max ?? "2147483647" };
}

function bigintLimits(attribute: Attribute): NumberLimits {
  return { precision: 0, min: attribute.minValue ?? INT64.min, max: attribute.maxValue ?? INT64.max };
}

function integerCodec(type: ColumnType, attribute: Attribute, excess: Excess): Codec | string {
  const isDuration = attribute.format === "Duration";
  if (type.kind === "duration" && isDuration) return bare(wholeMinutes(limitsOf(attribute), excess));
  const own = limitsOf(attribute);
  if (type.kind === "int") return bare(attribute.kind === "integer" ? wholeNumber(own) : bigInteger(own));
  const limits = attribute.kind === "integer" ? integerLimits(attribute) : bigintLimits(attribute);
  const also = isDuration ? ", or a duration of whole minutes" : "";
  return numberCodec(type, limits, excess) ?? `an integer type${also}; cast the column to int or bigint`;
}

function numberCodec(type: ColumnType, limits: NumberLimits, excess: Excess): Codec | undefined {
  if (isExact(type)) return bare(exactNumber(limits, excess));
  if (isFloat(type)) return bare(floatingNumber(limits, excess));
  return undefined;
}

function floatCodec(type: ColumnType, limits: NumberLimits, excess: Excess): Codec | undefined {
  if (type.kind === "int") return bare(integerAsFloat(limits, excess));
  if (type.kind === "float" && type.bits === 64 && limits.precision === undefined) return bare(wideFloat(limits));
  return numberCodec(type, limits, excess);
}

function dateOnlyCodec(type: ColumnType, options: CodecOptions): Codec | string {
  if (type.kind === "date") return quoted(dateOnly(options.excess));
  // Its day depends on no zone.
  if (type.kind === "timestamp" && type.zone === undefined) return quoted(dateOnly(options.excess));
  return "date32 or date64; cast the column to date";
}

function dateTimeCodec(type: ColumnType, attribute: Attribute, options: CodecOptions): Codec | string {
  const naiveIsPlain = attribute.behavior === "TimeZoneIndependent" || options.naive !== undefined;
  if (type.kind === "date") {
    return naiveIsPlain
      ? quoted(dateTime(options.excess))
      : "a timestamp with a time zone; a date names no instant: cast the column to timestamp, " +
          'or say "timestamp": {"naive": "UTC"} for midnight in UTC';
  }
  if (type.kind !== "timestamp") return "a timestamp with a time zone; cast the column to timestamp";
  if (type.zone === undefined && !naiveIsPlain) {
    return 'a timestamp with a time zone; if its values are UTC, say so with "timestamp": {"naive": "UTC"}';
  }
  return quoted(dateTime(options.excess));
}

function guidCodec(type: ColumnType): Codec | undefined {
  if (type.kind === "utf8") return quoted(guidText);
  if (type.kind === "fixed_binary" && type.width === 16) return quoted(guidBytes);
  return undefined;
}

function isExact(type: ColumnType): boolean {
  return type.kind === "int" || (type.kind === "decimal" && type.scale >= 0 && type.scale <= SCALE_MAX);
}

function isFloat(type: ColumnType): boolean {
  return type.kind === "float" && type.bits >= 32;
}
