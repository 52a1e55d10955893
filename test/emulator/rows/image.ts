/** Images travel as base64 in a row's body; the service takes the formats that it can draw, up to the column's size. */
import type { Column } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";

/** First bytes in hexadecimal: gif, jpg, tif (both byte orders), bmp, png. */
const formats = ["474946383761", "474946383961", "ffd8ff", "49492a00", "4d4d002a", "424d", "89504e470d0a1a0a"];

/** Whether the text is base64 at all. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** Throws the service's refusal of what is no image, or is too big. `text` is base64. */
export function checkImage(column: Column, text: string): void {
  if (Buffer.byteLength(text, "base64") > column.maxSizeKb * 1024) {
    throw new ServiceError(400, codes.fileSize, "Attachment file size is too big.");
  }
  const start = Buffer.from(text.slice(0, 16), "base64").toString("hex");
  if (!formats.some((format) => start.startsWith(format))) {
    throw new ServiceError(
      400,
      codes.image,
      `Error occured when processing image. Reason: the content of '${column.name}' is not a gif, jpg, tif, bmp or png image.`,
    );
  }
}
