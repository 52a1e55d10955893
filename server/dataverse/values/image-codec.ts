/** Images, base64 in the row's body: from their bytes, or from text that is base64 already. */
import type { Column, ColumnType } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Codec, WriteValue } from "../text/value.ts";
import { quoted, ROW_BYTES_MAX, TOO_LARGE } from "../text/value.ts";

/** First bytes in hexadecimal: gif, jpg, tif in both orders of bytes (and its large form), bmp, png. */
const STARTS = /^(?:47494638|ffd8ff|49492[ab]00|4d4d002[ab]|424d|89504e47)/;

const NO_IMAGE = "bytes that are no gif, jpg, tif, bmp or png image, all that the service takes";
const EMPTY = "an empty image; a null clears it";
const NOT_BASE64 =
  "text that is no base64 (letters, digits, + and /, padded with = to a multiple of 4, no line breaks)";

/** @returns the codec, or what is expected instead. */
export function imageCodec(type: ColumnType, { maxSizeKb }: Attribute): Codec | string {
  const limit = maxSizeKb === undefined ? Number.MAX_SAFE_INTEGER : 1_024 * maxSizeKb;
  const tooBig = `an image larger than its maximum of ${maxSizeKb} KiB`;
  if (type.kind === "binary") return quoted((column) => fromBytes(column, limit, tooBig));
  if (type.kind === "utf8") return quoted((column) => fromText(column, limit, tooBig));
  return "binary: the bytes of a gif, jpg, tif, bmp or png file, or utf8: their base64";
}

function fromBytes({ values, offsets }: Column, limit: number, tooBig: string): WriteValue {
  return (row, out) => {
    const start = offsets[row] ?? 0;
    const size = (offsets[row + 1] ?? 0) - start;
    if (size === 0) return EMPTY;
    if (size > limit) return tooBig;
    if (!isImage(values.subarray(start, start + Math.min(size, 4)))) return NO_IMAGE;
    const width = 4 * Math.ceil(size / 3);
    if (width > ROW_BYTES_MAX) return TOO_LARGE;
    out.reserve(width);
    const base64 = Buffer.from(values.buffer, values.byteOffset + start, size).toString("base64");
    out.length += out.buffer.write(base64, out.length, "latin1");
    return undefined;
  };
}

function fromText({ values, offsets }: Column, limit: number, tooBig: string): WriteValue {
  return (row, out) => {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    if (start === end) return EMPTY;
    const padding = paddingOf(values, start, end);
    if (padding === undefined) return NOT_BASE64;
    if (((end - start) / 4) * 3 - padding > limit) return tooBig;
    const first = Buffer.from(values.subarray(start, Math.min(end, start + 8))).toString("latin1");
    if (!isImage(Buffer.from(first, "base64"))) return NO_IMAGE;
    if (end - start > ROW_BYTES_MAX) return TOO_LARGE;
    out.raw(values.subarray(start, end));
    return undefined;
  };
}

function isImage(first: Uint8Array): boolean {
  return STARTS.test(Buffer.from(first).toString("hex"));
}

/** How many `=` close the text; undefined if it is no base64. */
function paddingOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  if ((end - start) % 4 !== 0) return undefined;
  const padding = bytes[end - 1] !== 0x3d ? 0 : bytes[end - 2] !== 0x3d ? 1 : 2;
  for (let at = start; at < end - padding; at++) if (IN_BASE64[bytes[at] ?? 0] === 0) return undefined;
  return padding;
}

const IN_BASE64 = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
