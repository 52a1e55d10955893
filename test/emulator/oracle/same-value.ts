/** Whether a stored value is the one that a client means, in whatever form a language writes it. */
import type { Column } from "../schema/types.ts";

/** `found`: as the side door shows it. */
export function sameValue(column: Column, found: unknown, given: unknown): boolean {
  return normalForm(column, found) === normalForm(column, given);
}

/** The same text for the same value; null for none. */
export function normalForm(column: Column, value: unknown): string | null {
  // The service keeps no empty text.
  if (value === null || value === undefined || value === "") {
    return null;
  }
  switch (column.type) {
    case "integer":
    case "bigint":
    case "decimal":
    case "money":
    case "choice":
    case "state":
    case "status":
      return plainNumber(String(value));
    case "float":
      return String(Number(value));
    case "datetime":
    case "dateonly":
      return instant(String(value));
    case "guid":
      return String(value).toLowerCase();
    case "lookup":
      return String(typeof value === "object" && "id" in value ? value.id : value).toLowerCase();
    default:
      return String(value);
  }
}

/** Digit by digit: 1.50 is 1.5, and a big integer stays itself. */
function plainNumber(text: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === "") {
    return text;
  }
  const digits = fraction.replace(/0+$/, "");
  const number = `${whole.replace(/^0+(?=\d)/, "")}${digits === "" ? "" : `.${digits}`}`;
  return sign === "-" && number !== "0" ? `-${number}` : number;
}

function instant(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : String(time);
}
