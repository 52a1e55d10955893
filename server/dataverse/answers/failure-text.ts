/**
 * What of the service's own words a user may read. The rule: no row value.
 * - Texts of the database are never repeated: they put values between bare brackets.
 * - Texts that the platform makes from a template are repeated with names of the table kept, and with all that is quoted or
 *   looks like a value (numbers, ids, addresses) masked.
 * - Any other text may come from a plug-in, which can say anything: repeated in the same way, but only with the row at hand,
 *   so that each value of the row is masked too.
 */
import type { Mapping } from "../mapping/mapping.ts";
import { readOperation } from "../wire/operation.ts";

/** Of the whole message, bytes of UTF-8 (`_dv_error_message`). */
const messageBytesMax = 2_048;
/** Of what is quoted, UTF-16 units: leaves room for our own sentences. */
const quoteLengthMax = 1_500;
/** A longer text is a dump, not a reason. It is dropped whole: cut, it could end within a value. */
const textLengthMax = 8_192;
/** A shorter value would mask parts of words. */
const valueLengthMin = 2;

const mask = "…";
const databaseCodes = new Set(["0x80044150", "0x80044151", "0x80073000", "0x80073001", "0x80073002"]);
const templateCodes = new Set(
  "0x80040200 0x80040217 0x80040220 0x80040227 0x80040237 0x80043af9 0x8004431a 0x8004432f 0x80044330 0x80044331".split(
    " ",
  ),
);

const columnPatterns: readonly RegExp[] = [
  /(?:attribute|field|property|column)(?: named)? '(\w{1,128})'/i,
  /'(\w{1,128})' (?:attribute|field|property|column)\b/i,
  /\bof '(\w{1,128})' on record\b/i,
];

/** The attribute that a service's text blames, if it names one that the table has. */
export function columnNamed(text: string, mapping: Mapping): string | undefined {
  for (const pattern of columnPatterns) {
    const name = pattern.exec(text)?.[1]?.toLowerCase();
    if (name !== undefined && mapping.table.attributes.has(name)) return name;
  }
  return undefined;
}

/** The service's text with every row value masked; empty when that cannot be granted. */
export function quotable(error: { code: string; message: string }, mapping: Mapping, operation?: Uint8Array): string {
  if (error.message.length > textLengthMax || databaseCodes.has(error.code)) return "";
  if (operation === undefined && !templateCodes.has(error.code)) return "";
  const text = oneLine(error.message);
  const masked = operation === undefined ? text : maskValues(text, operation);
  return maskLookAlikes(maskQuoted(masked, (name) => isName(name, mapping))).slice(0, quoteLengthMax);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Cut to what `_dv_error_message` holds, never within a character. */
export function capped(message: string): string {
  if (Buffer.byteLength(message) <= messageBytesMax) return message;
  const room = messageBytesMax - Buffer.byteLength(mask);
  return `${Buffer.from(message)
    .toString("utf8", 0, room)
    .replace(/\ufffd+$/, "")}${mask}`;
}

function isName(text: string, mapping: Mapping): boolean {
  const { table, related } = mapping;
  return table.logicalName === text || table.attributes.has(text) || related.has(text) || /^prv[A-Z]\w*$/.test(text);
}

function maskValues(text: string, operation: Uint8Array): string {
  const { url, body } = readOperation(operation);
  const values = [...textsIn(body), ...keyLiterals(url)]
    .map(oneLine)
    .filter((value) => value.length >= valueLengthMin && value.length <= text.length)
    .sort((a, b) => b.length - a.length);
  const folded = text.toLowerCase();
  let masked = text;
  for (const value of values) {
    if (!text.includes(value) && !folded.includes(value.toLowerCase())) continue;
    masked = masked.replace(new RegExp(literal(value), "gi"), mask);
  }
  return masked;
}

/** Texts at any depth; a lookup that is bound by key holds texts in its URL. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value, ...keyLiterals(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** The texts between quotes in a URL's key, as the row held them. */
function keyLiterals(url: string): string[] {
  return Array.from(url.matchAll(/'((?:[^']|'')*)'/g), ([, quoted = ""]) => {
    try {
      return decodeURIComponent(quoted).replaceAll("''", "'");
    } catch {
      return quoted;
    }
  });
}

/** By their opening. */
const closingQuotes = new Map([
  ["'", "'"],
  ['"', '"'],
  ["`", "`"],
  ["“", "”"],
  ["‘", "’"],
  ["«", "»"],
  ["<", ">"],
]);

/** Masks from the first quoted text that is no name to the last quote of all: what is quoted may hold quotes. */
function maskQuoted(text: string, isKnown: (name: string) => boolean): string {
  // An apostrophe within a word opens nothing.
  for (const match of text.matchAll(/(?<!\w)(?:'([^']*)'(?!\w)|"([^"]*)"(?!\w)|['"`“‘«<])/g)) {
    const name = match[1] ?? match[2];
    if (name !== undefined && isKnown(name)) continue;
    const closing = closingQuotes.get(match[0][0] ?? "") ?? "";
    const isClosed = text.lastIndexOf(closing) > match.index;
    const last = Math.max(...Array.from(closingQuotes.values(), (quote) => text.lastIndexOf(quote)));
    return `${text.slice(0, match.index)}'${mask}'${isClosed ? text.slice(last + 1) : ""}`;
  }
  return text;
}

/** Ids, addresses and numbers, quoted or not; names that end in a digit and codes such as 0x80040217 stay. */
function maskLookAlikes(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, mask)
    .replace(/\S+/g, (word) => (/@|https?:/i.test(word) ? mask : word))
    .replace(/(?<![\w…])(?!0x[0-9a-f]{8}\b)[-+]?\d(?:[\dTZ.,:/+-]*[\dZ])?/g, mask);
}
