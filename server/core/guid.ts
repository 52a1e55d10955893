/** A GUID as four words: what is minted, sent and found again for every row, and becomes a text only where somebody reads it. */

/** The hyphens stand behind these digits; between them the text is nine groups of four. */
const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HYPHEN = 0x2d;
/** Characters of its text. */
export const guidLength = 36;

export class Guid {
  /** Its 128 bits, in the order of its text. */
  readonly #first: number;
  readonly #second: number;
  readonly #third: number;
  readonly #fourth: number;

  /** @param words of 32 bits each, with a sign or without. */
  constructor(...[first, second, third, fourth]: readonly [number, number, number, number]) {
    this.#first = first | 0;
    this.#second = second | 0;
    this.#third = third | 0;
    this.#fourth = fourth | 0;
  }

  /** @throws RangeError for a text that is not a GUID in lower case, without braces. */
  static of(text: string): Guid {
    if (!pattern.test(text)) throw new RangeError("A GUID in lower case was expected.");
    const digits = text.replaceAll("-", "");
    const word = (nth: number): number => Number.parseInt(digits.slice(8 * nth, 8 * nth + 8), 16);
    return new Guid(word(0), word(1), word(2), word(3));
  }

  /** Writes its 36 characters, in lower case. */
  write(to: DataView, at: number): void {
    to.setInt32(at, hexadecimal(this.#first >>> 16));
    to.setInt32(at + 4, hexadecimal(this.#first));
    to.setUint8(at + 8, HYPHEN);
    to.setInt32(at + 9, hexadecimal(this.#second >>> 16));
    to.setUint8(at + 13, HYPHEN);
    to.setInt32(at + 14, hexadecimal(this.#second));
    to.setUint8(at + 18, HYPHEN);
    to.setInt32(at + 19, hexadecimal(this.#third >>> 16));
    to.setUint8(at + 23, HYPHEN);
    to.setInt32(at + 24, hexadecimal(this.#third));
    to.setInt32(at + 28, hexadecimal(this.#fourth >>> 16));
    to.setInt32(at + 32, hexadecimal(this.#fourth));
  }

  /** Whether its 36 characters stand there, letter for letter; false where the bytes end before. */
  isAt(bytes: DataView, at: number): boolean {
    if (at < 0 || at + guidLength > bytes.byteLength) return false;
    const groups =
      (bytes.getInt32(at) ^ hexadecimal(this.#first >>> 16)) |
      (bytes.getInt32(at + 4) ^ hexadecimal(this.#first)) |
      (bytes.getInt32(at + 9) ^ hexadecimal(this.#second >>> 16)) |
      (bytes.getInt32(at + 14) ^ hexadecimal(this.#second)) |
      (bytes.getInt32(at + 19) ^ hexadecimal(this.#third >>> 16)) |
      (bytes.getInt32(at + 24) ^ hexadecimal(this.#third)) |
      (bytes.getInt32(at + 28) ^ hexadecimal(this.#fourth >>> 16)) |
      (bytes.getInt32(at + 32) ^ hexadecimal(this.#fourth));
    const hyphens =
      (bytes.getUint8(at + 8) ^ HYPHEN) |
      (bytes.getUint8(at + 13) ^ HYPHEN) |
      (bytes.getUint8(at + 18) ^ HYPHEN) |
      (bytes.getUint8(at + 23) ^ HYPHEN);
    return (groups | hyphens) === 0;
  }

  toString(): string {
    const text = Buffer.alloc(guidLength);
    this.write(new DataView(text.buffer, text.byteOffset, guidLength), 0);
    return text.toString("latin1");
  }
}

/** The four digits of the lower 16 bits in ASCII, the first one on top. */
function hexadecimal(word: number): number {
  const bytes = (word & 0xff) | ((word & 0xff00) << 8);
  const digits = (bytes | (bytes << 4)) & 0x0f0f_0f0f;
  // A sum reaches its fifth bit where the digit is a letter.
  const letters = ((digits + 0x0606_0606) >> 4) & 0x0101_0101;
  return digits + 0x3030_3030 + 0x27 * letters;
}
