/** The runtime's own checks of text: without the string that decoding would make, and throw away, to see whether it can be made. */
import { isAscii as isAsciiBytes, isUtf8 as isUtf8Bytes } from "node:buffer";

/** No byte is above 127. */
export function isAscii(bytes: Uint8Array): boolean {
  return isAsciiBytes(bytes);
}

/** As a fatal TextDecoder: no surrogates, nothing overlong, nothing above U+10FFFF. */
export function isUtf8(bytes: Uint8Array): boolean {
  return isUtf8Bytes(bytes);
}
