/** Text columns to text attributes: length in UTF-16 units as the service counts, JSON escapes, key literals. */
import type { Column } from "../../arrow/columns.ts";
import { keyText } from "../keys/key-literal.ts";
import { foldedText } from "../keys/keys.ts";
import type { Bytes } from "../text/bytes.ts";
import type { Excess } from "../text/exact-decimal.ts";
import type { Codec, WriteValue } from "../text/value.ts";
import { quoted, ROW_BYTES_MAX, TOO_LARGE, viewOf } from "../text/value.ts";
import { isIllegalInXml } from "../text/xml-characters.ts";

const ILLEGAL = "text with a character that XML 1.0 does not allow, which the service refuses";

/** What stands for each byte in JSON, after a backslash where it needs one; the other control characters are refused before. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const SHORT_ESCAPES = Object.entries({ "\t": "t", "\n": "n", "\r": "r", '"': '"', "\\": "\\" });
for (const [character, escaped] of SHORT_ESCAPES) ESCAPED[character.charCodeAt(0)] = escaped.charCodeAt(0);

/** First byte of U+FFFE and U+FFFF, and of characters that are as good as any. */
const LEADS_NONCHARACTERS = 0xef;

/** Bytes that may not simply be copied. */
const NEEDS_CARE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === 0x22 || byte === 0x5c || byte === LEADS_NONCHARACTERS ? 1 : 0,
);

/** @param maxLength UTF-16 units; undefined if the attribute has no bound of its own. */
export function textCodec(maxLength: number | undefined, excess: Excess): Codec {
  return {
    ...quoted((column) => jsonText(column, maxLength, excess)),
    literal: (column) => keyText(column, maxLength),
    folded: (column) => foldedText(column),
  };
}

function jsonText(column: Column, maxLength: number | undefined, excess: Excess): WriteValue {
  const { values, offsets } = column;
  const source = viewOf(column);
  const limit = maxLength ?? Number.MAX_SAFE_INTEGER;
  const tooLong = `text longer than its maximum of ${limit} UTF-16 units`;
  return (row, out) => {
    const start = offsets[row] ?? 0;
    let end = offsets[row + 1] ?? 0;
    // A text has at most as many units as bytes, so most are settled here.
    if (end - start > limit) {
      const fitting = endOfUnits(values, start, { end, units: limit });
      if (fitting < end && excess !== "TRUNCATE") return tooLong;
      end = fitting;
    }
    if (end - start > ROW_BYTES_MAX) return TOO_LARGE;
    return writeJson(source, { bytes: values, start, end }, out);
  };
}

/** Where the first `units` UTF-16 units end, at the end of a whole character. */
export function endOfUnits(
  bytes: Uint8Array,
  start: number,
  bound: { readonly end: number; readonly units: number },
): number {
  let units = 0;
  for (let at = start; at < bound.end; ) {
    const first = bytes[at] ?? 0;
    const width = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    units += width === 4 ? 2 : 1;
    if (units > bound.units) return at;
    at += width;
  }
  return bound.end;
}

function writeJson(
  source: DataView,
  span: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  out: Bytes,
): string | undefined {
  const { bytes, start, end } = span;
  // The widest escape doubles its byte.
  out.reserve(2 * (end - start) + 3);
  for (let at = start; at < end; ) {
    at = copyWords(source, { at, end }, out);
    for (const next = Math.min(end, at + 4); at < next; at++) {
      if (!copyByte(bytes, at, out)) return ILLEGAL;
    }
  }
  return undefined;
}

/** Copies four bytes at a time as long as none needs care. @returns where it ended. */
function copyWords(source: DataView, span: { readonly at: number; readonly end: number }, out: Bytes): number {
  const { words } = out;
  const last = span.end - 4;
  let { at } = span;
  let to = out.length;
  for (; at <= last; at += 4, to += 4) {
    const word = source.getInt32(at, true);
    if (needsCare(word)) break;
    words.setInt32(to, word, true);
  }
  out.length = to;
  return at;
}

/** Escapes where JSON asks for it; false for a character that may not be sent. Reserve before. */
function copyByte(bytes: Uint8Array, at: number, out: Bytes): boolean {
  const byte = bytes[at] ?? 0;
  if (NEEDS_CARE[byte] === 1) {
    if (isIllegalInXml(bytes, at)) return false;
    if (byte !== LEADS_NONCHARACTERS) out.words.setUint8(out.length++, 0x5c);
  }
  out.words.setUint8(out.length++, ESCAPED[byte] ?? byte);
  return true;
}

/** Whether one of four bytes may not simply be copied: less than a blank, a quote, a backslash, or the lead of a noncharacter. */
function needsCare(word: number): boolean {
  const quote = word ^ 0x2222_2222;
  const backslash = word ^ 0x5c5c_5c5c;
  const lead = word ^ 0xefef_efef;
  const found =
    ((word - 0x2020_2020) & ~word) |
    ((quote - 0x0101_0101) & ~quote) |
    ((backslash - 0x0101_0101) & ~backslash) |
    ((lead - 0x0101_0101) & ~lead);
  return (found & 0x8080_8080) !== 0;
}
