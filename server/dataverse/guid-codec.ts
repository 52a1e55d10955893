/** GUIDs, always written in lower case: from text of 36 characters or from 16 bytes in the order of that text. */
import type { Column } from "../arrow/columns.ts";
import type { Bytes } from "./bytes.ts";
import type { BindColumn } from "./value.ts";
import { viewOf } from "./value.ts";

/** The top bits of four bytes. */
const TOP_BITS = 0x8080_8080 | 0;
const NOT_A_GUID = "text that is no GUID of 36 characters (8-4-4-4-12 hexadecimal digits, no braces)";

/** The eight words of four digits, and the hyphens between them. */
const WORDS = Uint8Array.of(0, 4, 9, 14, 19, 24, 28, 32);
const HYPHENS = Uint8Array.of(8, 13, 18, 23);

export const guidText: BindColumn = (column: Column) => {
  const { offsets } = column;
  const view = viewOf(column);
  return (row, out) => {
    const start = offsets[row] ?? 0;
    if ((offsets[row + 1] ?? 0) - start !== 36) return NOT_A_GUID;
    return copyText(view, start, out) ? undefined : NOT_A_GUID;
  };
};

export const guidBytes: BindColumn = (column: Column) => {
  const view = viewOf(column);
  return (row, out) => {
    out.reserve(36);
    const { buffer } = out;
    let to = out.length;
    for (let i = 0; i < 16; i++) {
      const byte = view.getUint8(16 * row + i);
      if (i === 4 || i === 6 || i === 8 || i === 10) buffer[to++] = 0x2d;
      buffer[to++] = digitOf(byte >> 4);
      buffer[to++] = digitOf(byte & 15);
    }
    out.length = to;
    return undefined;
  };
};

/** In ASCII, of a number below 16. */
function digitOf(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function copyText(view: DataView, start: number, out: Bytes): boolean {
  out.reserve(36);
  const { words, length } = out;
  let good = -1;
  for (let i = 0; i < WORDS.length; i++) {
    const at = WORDS[i] ?? 0;
    const digits = view.getInt32(start + at, true);
    good &= hexadecimal(digits);
    // A letter is in lower case when its sixth bit is set, as that of a digit is.
    words.setInt32(length + at, digits | 0x2020_2020, true);
  }
  for (let i = 0; i < HYPHENS.length; i++) {
    const at = HYPHENS[i] ?? 0;
    if (view.getUint8(start + at) !== 0x2d) good = 0;
    words.setUint8(length + at, 0x2d);
  }
  if (good !== TOP_BITS) return false;
  out.length = length + 36;
  return true;
}

/** Sets the top bit of each of four bytes that is a hexadecimal digit; the other bits are clear. */
function hexadecimal(bytes: number): number {
  const ascii = bytes & 0x7f7f_7f7f;
  const letter = ascii | 0x2020_2020;
  // The top bit of a sum tells whether its byte is at least as great as a bound; no sum reaches the byte above.
  const digits = (ascii + 0x5050_5050) ^ (ascii + 0x4646_4646);
  const letters = (letter + 0x1f1f_1f1f) ^ (letter + 0x1919_1919);
  return (digits | letters) & ~bytes & TOP_BITS;
}
