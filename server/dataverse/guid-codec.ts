/** GUIDs, always written in lower case: from text of 36 characters or from 16 bytes in the order of that text. */
import type { Column } from "../arrow/columns.ts";
import type { Bytes } from "./bytes.ts";
import type { BindColumn } from "./value.ts";

const HEX = Buffer.from("0123456789abcdef");
const NOT_A_GUID = "text that is no GUID of 36 characters (8-4-4-4-12 hexadecimal digits, no braces)";

/** Hyphens stand at these places of the text: after 4, 6, 8 and 10 bytes. */
const HYPHEN = Uint8Array.from({ length: 36 }, (_, at) => (at === 8 || at === 13 || at === 18 || at === 23 ? 1 : 0));

/** Lower-case hexadecimal digit of each byte that is one, else 0. */
const DIGIT = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-f]/i.test(String.fromCharCode(byte)) ? byte | 0x20 : 0,
);

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
      if (i === 4 || i === 6 || i === 8 || i === 10) buffer[to++] = 0x2d;
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
    const digit = HYPHEN[i] === 1 ? byte : (DIGIT[byte] ?? 0);
    if (HYPHEN[i] === 1 ? byte !== 0x2d : digit === 0) return false;
    buffer[length + i] = digit;
  }
  out.length = length + 36;
  return true;
}
