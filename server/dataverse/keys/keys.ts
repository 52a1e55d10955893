/**
 * Keys as the service compares and addresses them. Two texts that it may hold to be equal must fold to the same bytes:
 * folding too much costs parallelism, folding too little would let two writes of one row overtake each other.
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

const HEX = Buffer.from("0123456789ABCDEF");

export const EMPTY = "an empty key part: it names no row";
const NOT_ADDRESSABLE =
  "key text with one of / < > * % & : \\ ? + # or a control character, which the service cannot find by its URL; " +
  "match on the primary key instead";

/** Letters that accent-insensitive collations take for others, but that have no decomposition. */
const LOOKALIKES: Readonly<Record<string, string>> = { æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", þ: "th" };

/** Compatibility forms unified, marks and invisible characters dropped, case and kana folded, trailing blanks cut. */
export function foldText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(/[æœøđðłþ]/gu, (letter) => LOOKALIKES[letter] ?? letter)
    .replace(/[\u30a1-\u30f6]/gu, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .normalize("NFKD")
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, "")
    .trimEnd();
}

/** 53-bit hash of bytes [start, end): never negative, the same in every process. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let low = 0x9e3779b9 ^ (end - start);
  let high = 0x85ebca6b;
  for (let at = start; at < end; at += 4) {
    const word = at + 4 <= end ? wordAt(bytes, at) : tailOf(bytes, at, end);
    low = Math.imul(low ^ word, 0x7feb352d);
    low ^= low >>> 15;
    high = Math.imul((high << 5) | (high >>> 27), 0x2c1b3c6d) ^ word;
  }
  low = mix(low ^ (high >>> 15));
  high = mix(high ^ low);
  return (high >>> 11) * 4_294_967_296 + (low >>> 0);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** What lies behind the end counts as zero: the length is part of the hash. */
function tailOf(bytes: Uint8Array, at: number, end: number): number {
  let word = 0;
  for (let i = end - 1; i >= at; i--) word = (word << 8) | (bytes[i] ?? 0);
  return word;
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}

/** Folded UTF-8 of a text column. */
export function foldedText(column: Column): WriteValue {
  const { values, offsets } = column;
  const source = viewOf(column);
  return (row, out) => {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    const before = out.length;
    if (!foldAscii(source, start, end, out)) {
      out.truncate(before);
      const text = Buffer.from(values.buffer, values.byteOffset + start, end - start).toString("utf8");
      out.raw(Buffer.from(foldText(text)));
    }
    return undefined;
  };
}

/** The usual case; false if a character is not ASCII. */
function foldAscii(source: DataView, start: number, end: number, out: Bytes): boolean {
  out.reserve(end - start);
  const { words, length } = out;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word = source.getInt32(at, true);
    if ((word & TOP_BITS) !== 0) return false;
    words.setInt32(length + at - start, inLowerCase(word), true);
  }
  for (; at < end; at++) {
    const byte = source.getUint8(at);
    if (byte >= 0x80) return false;
    words.setUint8(length + at - start, inLowerCase(byte));
  }
  let to = length + end - start;
  while (to > length && isSpace(words.getUint8(to - 1))) to--;
  out.length = to;
  return true;
}

/** Of four characters of ASCII at once: the top bit of a sum tells whether its byte is at least `A`, or beyond `Z`. */
function inLowerCase(word: number): number {
  const capitals = (word + 0x3f3f_3f3f) & ~(word + 0x2525_2525) & TOP_BITS;
  return word | (capitals >>> 2);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** `'…'` with quotes doubled, percent-encoded. A key that is too long is refused: cut, it would name another row. */
export function keyText(column: Column, maxLength: number | undefined): WriteValue {
  const { values, offsets } = column;
  const limit = maxLength ?? Number.MAX_SAFE_INTEGER;
  const tooLong = `key text longer than its maximum of ${limit} UTF-16 units`;
  return (row, out) => {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    // 900 bytes are the most that the service indexes; the bound keeps an address far below the limit of a URL.
    if (end - start > 3 * 900) return "key text longer than the 900 bytes that a key may have";
    if (isBlank(values, start, end)) return EMPTY;
    // A text has at most as many units as bytes.
    if (end - start > limit && unitsOf(values, start, end) > limit) return tooLong;
    return writeLiteral(values, start, end, out);
  };
}

function writeLiteral(bytes: Uint8Array, start: number, end: number, out: Bytes): string | undefined {
  out.reserve(3 * (end - start) + 2);
  const { buffer } = out;
  let to = out.length;
  buffer[to++] = 0x27;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const fate = LITERAL_BYTES[byte];
    if (fate === PLAIN) buffer[to++] = byte;
    else if (fate === UNADDRESSABLE || (byte === 0xef && isIllegalInXml(bytes, at))) return NOT_ADDRESSABLE;
    else if (fate === DOUBLED) {
      buffer[to++] = byte;
      buffer[to++] = byte;
    } else {
      buffer[to++] = 0x25;
      buffer[to++] = HEX[byte >> 4] ?? 0;
      buffer[to++] = HEX[byte & 15] ?? 0;
    }
  }
  buffer[to++] = 0x27;
  out.length = to;
  return undefined;
}

/** Whether a byte of [start, end) keeps the service from finding a text by its URL. */
export function hasUnaddressable(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (LITERAL_BYTES[bytes[at] ?? 0] === UNADDRESSABLE) return true;
  return false;
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
