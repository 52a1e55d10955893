/** Booleans and choices, by value or by label. */
import type { ColumnType } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import { Constant } from "../text/bytes.ts";
import type { BindColumn, Codec } from "../text/value.ts";
import { bare } from "../text/value.ts";
import type { BindOptions, ChoiceRequest } from "./options.ts";
import { bindOptions } from "./options.ts";

const TRUE = new Constant("true");
const FALSE = new Constant("false");

/** @returns the codec, or what is expected instead. */
export function choiceCodec(type: ColumnType, attribute: Attribute, choice: ChoiceRequest | undefined): Codec | string {
  const options = bindOptions(type, attribute, choice);
  return typeof options === "string" ? options : bare(optionNumber(options));
}

/** From bits, from 0 and 1, and by label. @returns the codec, or what is expected instead. */
export function booleanCodec(
  type: ColumnType,
  attribute: Attribute,
  choice: ChoiceRequest | undefined,
): Codec | string {
  if (type.kind === "bool" && choice?.by !== "LABEL") return bare(bits);
  const options = bindOptions(type, attribute, choice);
  if (typeof options !== "string") return bare(optionTruth(options));
  return choice?.by === "LABEL" ? options : "bool, or integers 0 and 1; cast the column to boolean";
}

const bits: BindColumn = (column) => {
  const { values } = column;
  return (row, out) => {
    out.constant(((values[row >> 3] ?? 0) >> (row & 7)) & 1 ? TRUE : FALSE);
    return undefined;
  };
};

function optionNumber(options: BindOptions): BindColumn {
  return (column) => {
    const read = options(column);
    return (row, out) => {
      const value = read(row);
      if (typeof value === "string") return value;
      out.integer(value);
      return undefined;
    };
  };
}

function optionTruth(options: BindOptions): BindColumn {
  return (column) => {
    const read = options(column);
    return (row, out) => {
      const value = read(row);
      if (typeof value === "string") return value;
      out.constant(value === 1 ? TRUE : FALSE);
      return undefined;
    };
  };
}
