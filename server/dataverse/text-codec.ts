/** Text columns to text attributes: length in UTF-16 units as the service counts, JSON escapes, key literals. */
import type { Column } from "../arrow/columns.ts";
import type { Bytes } from "./bytes.ts";
import type { Excess } from "./exact-decimal.ts";
import { foldedText, keyText } from "./keys.ts";
import type { Codec, WriteValue } from "./value.ts";
import { ROW_BYTES_MAX, TOO_LARGE } from "./value.ts";
import { isIllegalInXml } from "./xml-characters.ts";

const ILLEGAL = "text with a character that XML 1.0 does not allow, which the service refuses";

/** The second character of JSON's short escapes; the other control characters are refused before. */
const ESCAPED = new Map(
  Object.entries({ "\t": "t", "\n": "n", "\r": "r", '"': '"', "\\": "\\" }).map(([character, escaped]) => [
    character.charCodeAt(0),
    escaped.charCodeAt(0),
  ]),
);

/** First byte of U+FFFE and U+FFFF, and of characters that are as good as any. */
const LEADS_NONCHARACTERS = 0xef;

/** Bytes that may not simply be copied. */
const NEEDS_CARE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || ESCAPED.has(byte) || byte === LEADS_NONCHARACTERS ? 1 : 0,
);

/** @param maxLength UTF-16 units; undefined if the attribute has no bound of its own. */
export function textCodec(maxLength: number | undefined, excess: Excess): Codec {
  return {
    json: (column) => jsonText(column, maxLength, excess),
    literal: (column) => keyText(column, maxLength),
    folded: (column) => foldedText(column),
  };
}

function jsonText(column: Column, maxLength: number | undefined, excess: Excess): WriteValue {
  const { values, offsets } = column;
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
    return writeJson(values, { start, end }, out);
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
  bytes: Uint8Array,
  span: { readonly start: number; readonly end: number },
  out: Bytes,
): string | undefined {
  // The widest escape doubles its byte.
  out.reserve(2 * (span.end - span.start) + 2);
  const { buffer } = out;
  let to = out.length;
  buffer[to++] = 0x22;
  for (let at = span.start; at < span.end; at++) {
    const byte = bytes[at] ?? 0;
    if (NEEDS_CARE[byte] === 1) {
      if (isIllegalInXml(bytes, at)) return ILLEGAL;
      if (byte !== LEADS_NONCHARACTERS) buffer[to++] = 0x5c;
      buffer[to++] = ESCAPED.get(byte) ?? byte;
    } else buffer[to++] = byte;
  }
  buffer[to++] = 0x22;
  out.length = to;
  return undefined;
}
