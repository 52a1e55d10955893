/** A GUID as four 32-bit words, which is how millions of them are kept. */

const none = 255;
const nibbles = new Uint8Array(128).fill(none);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  nibbles[digit.charCodeAt(0)] = value;
}
const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const dash = 0x2d;
export const guidLength = 36;
/** Where each word starts; the second and third have a dash in their middle. */
const starts = [0, 9, 19, 28] as const;

/** Writes the words of a GUID in lower case; false if the first 36 characters are none. */
export function readGuid(text: string, into: Uint32Array, at: number): boolean {
  if (text.length < guidLength) {
    return false;
  }
  let wrong = 0;
  for (let word = 0; word < 4; word += 1) {
    const start = starts[word] ?? 0;
    let bits = 0;
    for (let digit = 0; digit < 8; digit += 1) {
      const skipped = digit > 3 && (word === 1 || word === 2) ? 1 : 0;
      const nibble = nibbles[text.charCodeAt(start + digit + skipped)] ?? none;
      wrong |= nibble & 0xf0;
      bits = (bits << 4) | nibble;
    }
    into[at + word] = bits;
  }
  const dashes =
    text.charCodeAt(8) === dash &&
    text.charCodeAt(13) === dash &&
    text.charCodeAt(18) === dash &&
    text.charCodeAt(23) === dash;
  return dashes && wrong === 0;
}

export function guidText(words: Uint32Array, at: number): string {
  const [a, b, c, d] = [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0];
  return `${half(a >>> 16)}${half(a)}-${half(b >>> 16)}-${half(b)}-${half(c >>> 16)}-${half(c)}${half(d >>> 16)}${half(d)}`;
}

/** The lower 16 bits as four digits. */
function half(bits: number): string {
  return `${pairs[(bits >>> 8) & 255]}${pairs[bits & 255]}`;
}

/** 32 bits as eight digits. */
export function wordText(word: number): string {
  return half(word >>> 16) + half(word);
}
