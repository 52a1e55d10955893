/**
 * Keys as the service compares them. Two texts that it may hold to be equal must fold to the same bytes:
 * folding too much costs parallelism, folding too little would let two writes of one row overtake each other.
 */
import type { Column } from "../../arrow/columns.ts";
import type { Bytes } from "../text/bytes.ts";
import type { WriteValue } from "../text/value.ts";
import { viewOf } from "../text/value.ts";

/** The top bits of four bytes. */
const TOP_BITS = 0x8080_8080 | 0;

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
