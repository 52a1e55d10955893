/** Literals of queries as values of a column: typed ones by OData's rules, and texts that stand for any type. */
import { canonicalDate, canonicalInstant } from "../rows/date-time.ts";
import { canonicalDecimal } from "../rows/decimal.ts";
import type { Stored } from "../rows/values.ts";
import { canonicalGuid } from "../rows/values.ts";
import type { Edm } from "../schema/edm-type.ts";
import { edmType, partyCollection } from "../schema/edm-type.ts";
import type { Column } from "../schema/types.ts";
import type { Comparison, FilterLiteral } from "./filter.ts";
import { querySyntaxError } from "./tokens.ts";

const operators: Readonly<Record<Comparison, string>> = {
  eq: "Equal",
  ne: "NotEqual",
  gt: "GreaterThan",
  ge: "GreaterThanOrEqual",
  lt: "LessThan",
  le: "LessThanOrEqual",
};

const numeric: ReadonlySet<Edm> = new Set<Edm>(["Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"]);

/** The type that a literal must have; parties are compared as texts. */
export function edmOf(column: Column): Edm {
  const type = edmType(column);
  return type === partyCollection ? "Edm.String" : type;
}

/** Throws the service's refusal of a literal of another type. */
export function literalValue(column: Column, literal: FilterLiteral, test: Comparison): Stored {
  if (literal.kind === "null") {
    return null;
  }
  const wanted = edmOf(column);
  const given = literal.kind === "text" ? edmOfQuoted(wanted, literal.text) : edmOfBare(literal.text);
  if (!comparable(wanted, given)) {
    throw incompatible(wanted, given, test);
  }
  const value = fromText(column, literal.text);
  if (value === undefined) {
    throw querySyntaxError(`The literal '${literal.text.slice(0, 100)}' is no value of the type '${wanted}'.`);
  }
  return value;
}

export function checkComparable(left: Column, right: Column, test: Comparison): void {
  if (!comparable(edmOf(left), edmOf(right))) {
    throw incompatible(edmOf(left), edmOf(right), test);
  }
}

function comparable(left: Edm, right: Edm): boolean {
  return (
    left === right ||
    (numeric.has(left) && numeric.has(right)) ||
    // A date alone is midnight, but no instant is a date.
    (left === "Edm.DateTimeOffset" && right === "Edm.Date")
  );
}

function incompatible(left: Edm, right: Edm, test: Comparison): Error {
  return querySyntaxError(
    `A binary operator with incompatible types was detected. Found operand types '${left}' and '${right}' for operator kind '${operators[test]}'.`,
  );
}

/** A GUID may stand in quotes: Microsoft's own SDK writes it so. */
function edmOfQuoted(wanted: Edm, text: string): Edm {
  return wanted === "Edm.Guid" && canonicalGuid(text) !== undefined ? "Edm.Guid" : "Edm.String";
}

function edmOfBare(text: string): Edm {
  if (text === "true" || text === "false") {
    return "Edm.Boolean";
  }
  if (canonicalGuid(text) !== undefined) {
    return "Edm.Guid";
  }
  if (/^\d{4}-\d\d-\d\d(T|$)/.test(text)) {
    return text.length === 10 ? "Edm.Date" : "Edm.DateTimeOffset";
  }
  if (/^-?\d+$/.test(text)) {
    return Math.abs(Number(text)) < 2 ** 31 ? "Edm.Int32" : "Edm.Int64";
  }
  if (/^[-+]?\d/.test(text) && canonicalDecimal(text.replace(/^\+/, "")) !== undefined) {
    return "Edm.Double";
  }
  throw querySyntaxError(`Unrecognized '${text.slice(0, 100)}' literal.`);
}

/** A text as a value of the column, whatever its type; undefined if it is none. */
export function fromText(column: Column, text: string): Stored | undefined {
  switch (column.type) {
    case "text":
    case "memo":
    case "multiselect":
    case "partylist":
    case "image":
      return text;
    case "guid":
    case "lookup":
    case "file":
      return canonicalGuid(text.replace(/^\{(.*)\}$/, "$1"));
    case "boolean":
      return new Map([
        ["true", true],
        ["1", true],
        ["false", false],
        ["0", false],
      ]).get(text.toLowerCase());
    case "choice":
    case "state":
    case "status":
    case "integer":
      return canonicalDecimal(text) === undefined ? undefined : Number(text);
    case "bigint":
      return /^-?\d{1,30}$/.test(text) ? BigInt(text) : canonicalDecimal(text) === undefined ? undefined : Number(text);
    case "decimal":
    case "money":
      return canonicalDecimal(text);
    case "float":
      return canonicalDecimal(text) === undefined ? undefined : Number(text);
    case "datetime":
      return moment(canonicalInstant(text.length === 10 ? `${text}T00:00:00Z` : text.replace(" ", "T"), "keep"));
    case "dateonly":
      return moment(canonicalDate(text.slice(0, 10)));
  }
}

function moment(canonical: string): string | undefined {
  return canonical === "form" || canonical === "range" ? undefined : canonical;
}
