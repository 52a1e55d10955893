/** GUIDs, always written in lower case: from text of 36 characters or from 16 bytes in the order of that text. */
import type { Column } from "../arrow/columns.ts";
import type { Bytes } from "./bytes.ts";
import type { BindColumn } from "./value.ts";

const HEX = Buffer.from("0123456789abcdef");
const NOT_A_GUID = "text that is no GUID of 36 characters (8-4-4-4-12 hexadecimal digits, no braces)";

/** Marks the positions of hyphens in the text, or before which byte one stands. */
const TEXT_HYPHENS = new Set([8, 13, 18, 23]);
const BYTE_HYPHENS = new Set([4, 6, 8, 10]);

export const guidText: BindColumn = (column: Column) => {
  const { values, offsets } = column;
  return (row, out) => {
    const start = offsets[row] ?? 0;
    if ((offsets[row + 1] ?? 0) - start !== 36) return NOT_A_GUID;
    return copyText(values, start, out) ? undefined : NOT_A_GUID;
  };
};

export const guidBytes: BindColumn = (column: Column) => {
  const { values } = column;
  return (row, out) => {
    out.reserve(36);
    const { buffer } = out;
    let to = out.length;
    for (let i = 0; i < 16; i++) {
      const byte = values[16 * row + i] ?? 0;
      if (BYTE_HYPHENS.has(i)) buffer[to++] = 0x2d;
      buffer[to++] = HEX[byte >> 4] ?? 0;
      buffer[to++] = HEX[byte & 15] ?? 0;
    }
    out.length = to;
    return undefined;
  };
};

function copyText(bytes: Uint8Array, start: number, out: Bytes): boolean {
  out.reserve(36);
  const { buffer, length } = out;
  for (let i = 0; i < 36; i++) {
    const byte = bytes[start + i] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x46 ? byte + 0x20 : byte;
    const isDigit = (lower >= 0x30 && lower <= 0x39) || (lower >= 0x61 && lower <= 0x66);
    if (TEXT_HYPHENS.has(i) ? byte !== 0x2d : !isDigit) return false;
    buffer[length + i] = lower;
  }
  out.length = length + 36;
  return true;
}
