/** Several choices of one column, `"1,9,14"`: from lists of values or labels, and from such a text. None chosen is null. */
import type { Column, ColumnType } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Bytes } from "../text/bytes.ts";
import type { Codec, Source, WriteValue } from "../text/value.ts";
import { bare } from "../text/value.ts";
import type { BindOptions, ChoiceRequest } from "./options.ts";
import { bindOptions } from "./options.ts";

/** The service keeps no more in one column. */
const CHOSEN_MAX = 150;

const TOO_MANY = `a list of more than ${CHOSEN_MAX} choices, the most that the service keeps`;
const HOLDS_NULL = "a list with a null in it";
const NO_LIST = "text that is no list of choice values such as 1,9,14";

const NULL = Buffer.from("null");

/** @returns the codec, or what is expected instead. */
export function choicesCodec(
  { type, children }: Source,
  attribute: Attribute,
  choice: ChoiceRequest | undefined,
): Codec | string {
  if (type.kind === "utf8" && choice?.by !== "LABEL") return bare((column) => fromText(column, attribute));
  const element = isList(type) ? children[0]?.type : undefined;
  const options = element === undefined ? undefined : elementOptions(element, attribute, choice);
  if (options === undefined || typeof options === "string") {
    const expected =
      choice?.by === "LABEL" ? "a list of utf8: the labels" : "a list of integers or utf8 such as 1,9,14";
    return options === undefined ? expected : `a list, each element ${options}`;
  }
  return bare((column) => fromList(column, options));
}

function isList(type: ColumnType): boolean {
  return type.kind === "list" || type.kind === "fixed_list";
}

/** A list whose every element is null, or that is always empty, has elements of the null type. */
function elementOptions(
  type: ColumnType,
  attribute: Attribute,
  choice: ChoiceRequest | undefined,
): BindOptions | string {
  return type.kind === "null" ? () => () => HOLDS_NULL : bindOptions(type, attribute, choice);
}

function fromList(column: Column, options: BindOptions): WriteValue {
  const [elements] = column.children;
  if (elements === undefined) throw new RangeError("a list without a column of its elements");
  const read = options(elements);
  const chosen = new Chosen();
  const each = (at: number): string | undefined => {
    const value = isNull(elements, at) ? HOLDS_NULL : read(at);
    if (typeof value === "number") return chosen.add(value);
    return value === HOLDS_NULL ? value : `a list with ${value}`;
  };
  const [startOf, endOf] = bounds(column);
  return (row, out) => {
    chosen.clear();
    const end = endOf(row);
    for (let at = startOf(row); at < end; at++) {
      const flaw = each(at);
      if (flaw !== undefined) return flaw;
    }
    chosen.write(out);
    return undefined;
  };
}

type Bound = (row: number) => number;

/** Where the elements of a row begin and end. */
function bounds({ field, offsets }: Column): readonly [Bound, Bound] {
  if (field.type.kind !== "fixed_list") return [(row) => offsets[row] ?? 0, (row) => offsets[row + 1] ?? 0];
  const { width } = field.type;
  return [(row) => row * width, (row) => (row + 1) * width];
}

/** The choices of one row, filled anew for each. */
class Chosen {
  readonly #values: number[] = [];

  clear(): void {
    this.#values.length = 0;
  }

  /** A choice that is named twice is chosen once. @returns what is wrong with one more. */
  add(value: number): string | undefined {
    if (this.#values.includes(value)) return undefined;
    return this.#values.push(value) > CHOSEN_MAX ? TOO_MANY : undefined;
  }

  write(out: Bytes): void {
    if (this.#values.length === 0) {
      out.raw(NULL);
      return;
    }
    for (const [index, value] of this.#values.entries()) {
      out.byte(index === 0 ? 0x22 : 0x2c);
      out.integer(value);
    }
    out.byte(0x22);
  }
}

function fromText({ values, offsets }: Column, { options }: Attribute): WriteValue {
  const unknown = `a list with a choice value that is not among its ${options?.size ?? 0} options`;
  const chosen = new Chosen();
  const each = (part: string): string | undefined => {
    if (!/^\s*-?\d{1,10}\s*$/.test(part)) return NO_LIST;
    const value = Number(part);
    const isKnown = options === undefined ? (value | 0) === value : options.has(value);
    return isKnown ? chosen.add(value) : unknown;
  };
  return (row, out) => {
    chosen.clear();
    const start = offsets[row] ?? 0;
    const size = (offsets[row + 1] ?? 0) - start;
    const text = Buffer.from(values.buffer, values.byteOffset + start, size).toString("latin1");
    for (const part of text.trim() === "" ? [] : text.split(",")) {
      const flaw = each(part);
      if (flaw !== undefined) return flaw;
    }
    chosen.write(out);
    return undefined;
  };
}
