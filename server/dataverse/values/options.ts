/** Which option of a choice a value names, by its number or by its label. Anything uncertain is no option. */
import type { Column, ColumnType } from "../../arrow/columns.ts";
import type { Attribute, Option } from "../metadata/attributes.ts";
import type { ColumnRequest } from "../request.ts";
import { viewOf } from "../text/value.ts";
import { Labels } from "./labels.ts";
import { holdsWhole, wholeReader } from "./whole-reader.ts";

export type ChoiceRequest = NonNullable<ColumnRequest["choice"]>;

/** The option of a row that is present; a text says why there is none, and completes "The value for x is …". */
export type ReadOption = (row: number) => number | string;

export type BindOptions = (column: Column) => ReadOption;

/** @returns how options are read, or what is expected instead: it completes "expected …". */
export function bindOptions(
  type: ColumnType,
  attribute: Attribute,
  choice: ChoiceRequest | undefined,
): BindOptions | string {
  if (choice?.by === "LABEL") return byLabel(type, attribute, choice.language);
  if (holdsWhole(type)) return byValue(attribute);
  const hint = type.kind === "utf8" ? '; for its label say "choice": {"by": "LABEL"}' : "";
  return `an integer type: the value of the choice${hint}`;
}

function byValue({ kind, options }: Attribute): BindOptions {
  const unknown =
    kind === "boolean"
      ? "a number other than 0 and 1"
      : `a choice value that is not among its ${options?.size ?? 0} options`;
  const isKnown = kind === "boolean" ? isBit : known(options);
  return (column) => {
    const read = wholeReader(column);
    return (row) => {
      const value = read(row);
      return isKnown(value) ? value : unknown;
    };
  };
}

function isBit(value: number): boolean {
  return value === 0 || value === 1;
}

/** Where metadata did not tell the options, any value of 32 bits may be one. */
function known(options: Attribute["options"]): (value: number) => boolean {
  return options === undefined ? (value) => (value | 0) === value : (value) => options.has(value);
}

function byLabel(type: ColumnType, attribute: Attribute, language: number | undefined): BindOptions | string {
  const options = attribute.options ?? new Map<number, Option>();
  if (type.kind !== "utf8") return "utf8: the label of the choice";
  if (options.size === 0) return "its value as an integer: the labels of its options could not be read";
  const labels = Labels.of(options, language);
  if (labels === undefined) {
    const languages = [...new Set([...options.values()].flatMap((option) => [...option.labels.keys()]))].sort();
    return `labels in a language that its options have: ${languages.join(", ")}`;
  }
  return (column) => {
    const { offsets } = column;
    const bytes = viewOf(column);
    return (row) => labels.find(bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0);
  };
}
