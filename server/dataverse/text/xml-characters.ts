/** What the service refuses in any text: it keeps text as XML 1.0, which has no place for some characters. */

/** Whether the UTF-8 character that begins at `at` is outside XML 1.0. Surrogates cannot occur: the text is valid UTF-8. */
export function isIllegalInXml(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] ?? 0;
  if (first < 0x20) return first !== 0x09 && first !== 0x0a && first !== 0x0d;
  // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
  return first === 0xef && bytes[at + 1] === 0xbf && (bytes[at + 2] ?? 0) >= 0xbe;
}
