/** The values of a key in a query: how they are written there, and which of them the service may hold to be equal. */
import type { Attribute } from "../metadata/attributes.ts";
import { Bytes } from "../text/bytes.ts";
import { ExactDecimal } from "../text/exact-decimal.ts";
import { foldText } from "./keys.ts";

/**
 * One text for each attribute of the key, as JSON writes the value but without quotes and escapes: texts as they are, numbers,
 * GUIDs, dates, `true` and `false`.
 */
export type KeyTexts = readonly string[];

/** What of an attribute matters here. */
export type KeyAttribute = Pick<Attribute, "logicalName" | "kind">;

/** How an attribute is written in a filter: as OData types it, and whether the query function In compares it. */
type Form = "text" | "quotable" | "bare";

function formOf({ kind }: KeyAttribute): Form {
  switch (kind) {
    case "text":
    case "memo":
      return "text";
    case "guid":
    case "integer":
    case "bigint":
    case "choice":
    case "state":
    case "status":
      return "quotable";
    default:
      return "bare";
  }
}

export function isTextual(attribute: KeyAttribute | undefined): boolean {
  return attribute !== undefined && formOf(attribute) === "text";
}

/** The property that a query names: that of a lookup holds its GUID. */
export function keyProperty({ kind, logicalName }: KeyAttribute): string {
  return kind === "lookup" || kind === "customer" || kind === "owner" ? `_${logicalName}_value` : logicalName;
}

/** The value as one of In's, quotes included; undefined where only `eq` surely compares it. */
export function listed(attribute: KeyAttribute, text: string): string | undefined {
  const form = formOf(attribute);
  // How the service reads escapes within In's values is not documented.
  return form === "bare" || /["\\\p{Cc}]/u.test(text) ? undefined : `"${text}"`;
}

/** `a eq 'x' and b eq 1`, not encoded. */
export function equals(by: readonly KeyAttribute[], key: KeyTexts): string {
  return by.map((attribute, i) => `${keyProperty(attribute)} eq ${literal(attribute, key[i] ?? "")}`).join(" and ");
}

function literal(attribute: KeyAttribute, text: string): string {
  return formOf(attribute) === "text" ? `'${text.replaceAll("'", "''")}'` : text;
}

/** The same texts for two keys that are one row whatever the collation: they differ in case and trailing blanks alone. */
export function sameTexts(by: readonly KeyAttribute[], key: KeyTexts): KeyTexts {
  return mapTexts(by, key, (text) => text.normalize("NFC").toLowerCase().replace(/ +$/, ""));
}

/** The same for two keys that the service may hold to be equal. */
export function foldedKey(by: readonly KeyAttribute[], key: KeyTexts): string {
  return mapTexts(by, key, foldText).join("\0");
}

function mapTexts(by: readonly KeyAttribute[], key: KeyTexts, fold: (text: string) => string): KeyTexts {
  return by.map((attribute, i) => {
    const text = key[i] ?? "";
    return formOf(attribute) === "text" ? fold(text) : plain(attribute, text);
  });
}

/** One form for each value, however many zeros it is written with. */
function plain({ kind }: KeyAttribute, text: string): string {
  switch (kind) {
    case "decimal":
    case "money":
      return decimal(text);
    case "datetime":
      return text.replace(/(?:\.(\d*?)0*)?(?:Z|\+00:00)?$/i, (_end, fraction: string | undefined) =>
        fraction === undefined || fraction === "" ? "Z" : `.${fraction}Z`,
      );
    default:
      return text.toLowerCase();
  }
}

function decimal(text: string): string {
  if (!/^-?\d{1,80}(?:\.\d{1,80})?$/.test(text)) return text;
  const out = new Bytes(64);
  new ExactDecimal().loadText(text).write(out);
  return out.view(0, out.length).toString("latin1");
}
