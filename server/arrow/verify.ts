/** Checks on the values of a column that its length alone cannot give: after them every offset and every text may be trusted. */
import { isAscii, isUtf8 } from "../core/utf8.ts";
import { bitmapBytes, countBits } from "./layout.ts";
import { malformed } from "./limits.ts";

/** The first `length` bytes of a buffer. @throws SidecarError malformed_arrow if it is shorter. */
export function prefix(buffer: Uint8Array, length: number): Uint8Array {
  if (length > buffer.byteLength) throw malformed("A buffer is too short for the rows of its column.");
  return buffer.subarray(0, length);
}

/**
 * The validity of a column; undefined if no row is null.
 * @throws SidecarError malformed_arrow if it is too short or holds another number of nulls than declared.
 */
export function checkedValidity(buffer: Uint8Array, rows: number, nulls: number): Uint8Array | undefined {
  if (buffer.byteLength === 0 && nulls === 0) return undefined;
  const bitmap = prefix(buffer, bitmapBytes(rows));
  if (rows - countBits(bitmap, rows) !== nulls)
    throw malformed("A column has another number of nulls than it declares.");
  return nulls === 0 ? undefined : bitmap;
}

/** @throws SidecarError malformed_arrow unless the offsets ascend from 0 or more to at most `end`. */
export function checkOffsets(offsets: Int32Array, end: number): void {
  let previous = 0;
  let descents = 0;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i] ?? 0;
    if (offset < previous) descents += 1;
    previous = offset;
  }
  if (descents > 0) throw malformed("The offsets of a column do not ascend.");
  if (previous > end) throw malformed("The offsets of a column point outside of its values.");
}

function continues(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/**
 * The offsets have been checked.
 * @throws SidecarError malformed_arrow if the values are not UTF-8, or one starts within a character.
 */
export function checkText(values: Uint8Array, offsets: Int32Array): void {
  const start = offsets[0] ?? 0;
  const end = offsets[offsets.length - 1] ?? 0;
  const bytes = values.subarray(start, end);
  if (isAscii(bytes)) return;
  if (!isUtf8(bytes))
    throw malformed("A text column holds bytes that are not UTF-8.", "Send such bytes as a binary column.");
  for (let i = 0; i < offsets.length; i++) {
    const at = (offsets[i] ?? 0) - start;
    if (continues(bytes[at]))
      throw malformed("A text value starts within a character.", "Send such bytes as a binary column.");
  }
}
