/** GUIDs, always written in lower case: from text of 36 characters or from 16 bytes in the order of that text. */
import type { Column } from "../../arrow/columns.ts";
import type { Bytes } from "../text/bytes.ts";
import type { BindColumn } from "../text/value.ts";
import { viewOf } from "../text/value.ts";

/** The top bits of four bytes. */
const TOP_BITS = 0x8080_8080 | 0;
const NOT_A_GUID = "text that is no GUID of 36 characters (8-4-4-4-12 hexadecimal digits, no braces)";

/** The byte that is a hyphen in each of the nine words of a GUID's text. */
const HYPHENS = [0, 0, 0xff, 0xff00, 0xff_0000, 0xff00_0000 | 0, 0, 0, 0] as const;
const ALL_HYPHENS = 0x2d2d_2d2d;

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
  let good = TOP_BITS;
  let strange = 0;
  for (let at = 0; at < 36; at += 4) {
    const text = view.getInt32(start + at, true);
    const hyphen = HYPHENS[at >> 2] ?? 0;
    good &= hexadecimal(text) | hyphen;
    strange |= (text ^ ALL_HYPHENS) & hyphen;
    // A letter is in lower case when its sixth bit is set, as that of a digit and of a hyphen is.
    words.setInt32(length + at, text | 0x2020_2020, true);
  }
  if (good !== TOP_BITS || strange !== 0) return false;
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
