/** Checks on the values of a column that its length alone cannot give: after them every offset and every text may be trusted. */
import { bitmapBytes, countBits } from "./layout.ts";
import { malformed } from "./limits.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Text that is not ASCII is decoded to be checked: in pieces, so that the throw-away string stays small. */
const pieceBytes = 64 * 1024;

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

/** Whether no byte has its high bit set, four bytes at a time; the ends that are no whole aligned word one by one. */
function isAscii(bytes: Uint8Array): boolean {
  const head = Math.min(bytes.byteLength, -bytes.byteOffset & 3);
  const count = (bytes.byteLength - head) >> 2;
  // A view of nothing must not be made at all: it would have to start at an aligned place, too.
  const words = count === 0 ? new Uint32Array(0) : new Uint32Array(bytes.buffer, bytes.byteOffset + head, count);
  let seen = 0;
  for (let i = 0; i < count; i++) seen |= words[i] ?? 0;
  for (let i = 0; i < head; i++) seen |= bytes[i] ?? 0;
  for (let i = head + 4 * count; i < bytes.byteLength; i++) seen |= bytes[i] ?? 0;
  return (seen & 0x80808080) === 0;
}

function continues(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Where a piece that starts at `start` may end without cutting a character; a character is at most 4 bytes long. */
function pieceEnd(bytes: Uint8Array, start: number): number {
  const end = Math.min(start + pieceBytes, bytes.byteLength);
  let cut = end;
  while (end - cut < 3 && continues(bytes[cut])) cut -= 1;
  return cut;
}

function checkUtf8(bytes: Uint8Array): void {
  try {
    for (let start = 0; start < bytes.byteLength; ) {
      const end = pieceEnd(bytes, start);
      strict.decode(bytes.subarray(start, end));
      start = end;
    }
  } catch {
    throw malformed("A text column holds bytes that are not UTF-8.", "Send such bytes as a binary column.");
  }
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
  checkUtf8(bytes);
  for (let i = 0; i < offsets.length; i++) {
    const at = (offsets[i] ?? 0) - start;
    if (continues(bytes[at]))
      throw malformed("A text value starts within a character.", "Send such bytes as a binary column.");
  }
}
