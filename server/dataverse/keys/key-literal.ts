/**
 * Key texts as literals of a URL. A text that the service would not find is refused: what it stands for could be another row, or none.
 */
import type { Column } from "../../arrow/columns.ts";
import type { Bytes } from "../text/bytes.ts";
import type { WriteValue } from "../text/value.ts";
import { viewOf } from "../text/value.ts";
import { isIllegalInXml } from "../text/xml-characters.ts";

/** What becomes of each byte of a key's text in its URL. */
const PLAIN = 0;
const ENCODED = 1;
const DOUBLED = 2;
const UNADDRESSABLE = 3;
const LITERAL_BYTES = literalBytes();

function literalBytes(): Uint8Array {
  const table = new Uint8Array(256).fill(ENCODED);
  // RFC 3986: unreserved.
  const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (const byte of Buffer.from(plain)) table[byte] = PLAIN;
  table[0x27] = DOUBLED;
  // The service documents that a key with one of these cannot be found by its URL; `#` was seen to fail as well.
  for (const byte of Buffer.from("/<>*%&:\\?+#\x7f")) table[byte] = UNADDRESSABLE;
  return table.fill(UNADDRESSABLE, 0, 0x20);
}

/** The top bits of four bytes. */
const TOP_BITS = 0x8080_8080 | 0;

const QUOTE = 0x27;
const HEX = Buffer.from("0123456789ABCDEF");

export const EMPTY = "an empty key part: it names no row";
const NOT_ADDRESSABLE =
  "key text with one of / < > * % & : \\ ? + # or a control character, which the service cannot find by its URL; " +
  "match on the primary key instead";

/** `'…'` with quotes doubled, percent-encoded. A key that is too long is refused: cut, it would name another row. */
export function keyText(column: Column, maxLength: number | undefined): WriteValue {
  const { values, offsets } = column;
  const limit = maxLength ?? Number.MAX_SAFE_INTEGER;
  const tooLong = `key text longer than its maximum of ${limit} UTF-16 units`;
  const source = viewOf(column);
  return (row, out) => {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    // 900 bytes are the most that the service indexes; the bound keeps an address far below the limit of a URL.
    if (end - start > 3 * 900) return "key text longer than the 900 bytes that a key may have";
    if (isBlank(values, start, end)) return EMPTY;
    // A text has at most as many units as bytes.
    if (end - start > limit && unitsOf(values, start, end) > limit) return tooLong;
    out.reserve(3 * (end - start) + 2);
    out.words.setUint8(out.length++, QUOTE);
    for (let at = start; at < end; ) {
      const plain = copyPlain(source, at, end, out);
      at = Math.min(end, plain + 4);
      if (!writeEscaped(values, plain, at, out)) return NOT_ADDRESSABLE;
    }
    out.words.setUint8(out.length++, QUOTE);
    return undefined;
  };
}

/** Copies four bytes at a time as long as all may stand as they are. @returns where it ended. */
function copyPlain(source: DataView, start: number, end: number, out: Bytes): number {
  const { words } = out;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word = source.getInt32(at, true);
    if (!isPlain(word)) break;
    words.setInt32(out.length, word, true);
    out.length += 4;
  }
  return at;
}

/** False where a byte keeps the service from finding the text. Reserve before. */
function writeEscaped(bytes: Uint8Array, start: number, end: number, out: Bytes): boolean {
  const { buffer } = out;
  let to = out.length;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const fate = LITERAL_BYTES[byte];
    if (fate === PLAIN) buffer[to++] = byte;
    else if (fate === UNADDRESSABLE || (byte === 0xef && isIllegalInXml(bytes, at))) return false;
    else if (fate === DOUBLED) {
      buffer[to++] = byte;
      buffer[to++] = byte;
    } else {
      buffer[to++] = 0x25;
      buffer[to++] = HEX[byte >> 4] ?? 0;
      buffer[to++] = HEX[byte & 15] ?? 0;
    }
  }
  out.length = to;
  return true;
}

/** Whether a byte of [start, end) keeps the service from finding a text by its URL. */
export function hasUnaddressable(bytes: DataView, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    // Most keys are letters, digits and hyphens.
    for (; at + 4 <= end && isPlain(bytes.getInt32(at, true)); at += 4);
    if (at < end && LITERAL_BYTES[bytes.getUint8(at)] === UNADDRESSABLE) return true;
  }
  return false;
}

/** Whether four bytes are letters, digits or hyphens: the top bit of a sum tells whether its byte is at least as great as a bound. */
function isPlain(word: number): boolean {
  const letter = word | 0x2020_2020;
  const letters = (letter + 0x1f1f_1f1f) ^ (letter + 0x0505_0505);
  const digits = (word + 0x5050_5050) ^ (word + 0x4646_4646);
  const hyphens = (word + 0x5353_5353) ^ (word + 0x5252_5252);
  // No sum reaches the byte above while no byte is beyond ASCII.
  return (word & TOP_BITS) === 0 && ((letters | digits | hyphens) & TOP_BITS) === TOP_BITS;
}

/** Blanks at the end do not count in a comparison, so a key of blanks is an empty one. */
function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0x20) return false;
  return true;
}

function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}
