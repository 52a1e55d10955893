/** GUIDs, always written in lower case: from text of 36 characters or from 16 bytes in the order of that text. */
import type { Column } from "../arrow/columns.ts";
import type { Bytes } from "./bytes.ts";
import type { BindColumn } from "./value.ts";
import { viewOf } from "./value.ts";

const HEX = Buffer.from("0123456789abcdef");
const NOT_A_GUID = "text that is no GUID of 36 characters (8-4-4-4-12 hexadecimal digits, no braces)";

/** Where the digits of the five parts end; a hyphen follows each but the last. */
const PART_ENDS = Uint8Array.of(8, 13, 18, 23, 36);

/** Lower-case hexadecimal digit of each byte that is one, else 0. */
const DIGIT = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-f]/i.test(String.fromCharCode(byte)) ? byte | 0x20 : 0,
);

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
      buffer[to++] = HEX[byte >> 4] ?? 0;
      buffer[to++] = HEX[byte & 15] ?? 0;
    }
    out.length = to;
    return undefined;
  };
};

function copyText(view: DataView, start: number, out: Bytes): boolean {
  out.reserve(36);
  const { buffer, length } = out;
  for (let part = 0, at = 0; part < 5; part++) {
    const end = PART_ENDS[part] ?? 0;
    for (; at < end; at++) {
      const digit = DIGIT[view.getUint8(start + at)] ?? 0;
      if (digit === 0) return false;
      buffer[length + at] = digit;
    }
    if (end === 36) break;
    if (view.getUint8(start + at) !== 0x2d) return false;
    buffer[length + at++] = 0x2d;
  }
  out.length = length + 36;
  return true;
}
