/** A GUID as four 32-bit words, which is how millions of them are kept. */

const none = -1;
const nibbles = new Int8Array(128).fill(none);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  nibbles[digit.charCodeAt(0)] = value;
}
const digits = Buffer.from("0123456789abcdef", "latin1");
/** The text that is being written: its dashes stay where they are. */
const written = Buffer.from("00000000-0000-0000-0000-000000000000", "latin1");
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
  const [a, b, c, d] = [quad(text, 0), quad(text, 4), quad(text, 9), quad(text, 14)];
  const [e, f, g, h] = [quad(text, 19), quad(text, 24), quad(text, 28), quad(text, 32)];
  into[at] = (a << 16) | b;
  into[at + 1] = (c << 16) | d;
  into[at + 2] = (e << 16) | f;
  into[at + 3] = (g << 16) | h;
  const dashes =
    text.charCodeAt(8) === dash &&
    text.charCodeAt(13) === dash &&
    text.charCodeAt(18) === dash &&
    text.charCodeAt(23) === dash;
  return dashes && (a | b | c | d | e | f | g | h) >= 0;
}

/** Four digits as 16 bits; negative if one of them is none. */
function quad(text: string, at: number): number {
  return (nibble(text, at) << 12) | (nibble(text, at + 1) << 8) | (nibble(text, at + 2) << 4) | nibble(text, at + 3);
}

function nibble(text: string, at: number): number {
  return nibbles[text.charCodeAt(at)] ?? none;
}

/** Dashes within a word, before one of its digits. */
function dashesBefore(word: number, digit: number): number {
  return digit > 3 && (word === 1 || word === 2) ? 1 : 0;
}

export function guidText(words: Uint32Array, at: number): string {
  for (let word = 0; word < 4; word += 1) {
    const bits = words[at + word] ?? 0;
    const start = starts[word] ?? 0;
    for (let digit = 0; digit < 8; digit += 1) {
      written[start + digit + dashesBefore(word, digit)] = digits[(bits >>> (28 - 4 * digit)) & 15] ?? 0;
    }
  }
  return written.toString("latin1");
}

/** The lower 16 bits as four digits. */
function half(bits: number): string {
  return `${pairs[(bits >>> 8) & 255]}${pairs[bits & 255]}`;
}

/** Eight digits as 32 bits; 0 where the text ends before. */
export function readWord(text: string, at: number): number {
  let bits = 0;
  for (let digit = at; digit < at + 8 && digit < text.length; digit += 1) {
    bits = (bits << 4) | nibble(text, digit);
  }
  return bits >>> 0;
}

/** 32 bits as eight digits. */
export function wordText(word: number): string {
  return half(word >>> 16) + half(word);
}
