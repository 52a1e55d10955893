/**
 * Nearly all parts of a reply are the part before with another id. Such a one is compared with it four bytes at a time, up to the end of
 * its delimiter, and not read byte by byte: it may differ in text within the values of its header lines and nowhere else, so that its
 * lines are where those were.
 */

/** The top bits of four bytes. */
const TOP_BITS = 0x8080_8080 | 0;

export class RepeatedPart {
  readonly #reply: DataView;
  #start = 0;
  /** 0: none was kept. */
  #length = 0;
  /** Where each value begins and ends, from the start of the part; the last of them is behind it. */
  #values: readonly number[] = [];

  constructor(reply: DataView) {
    this.#reply = reply;
  }

  /**
   * The next part may be like this one, which has no content and tells no length.
   * @param end of its delimiter.
   * @param values where the value of each header line begins and ends.
   */
  keep(start: number, end: number, values: readonly number[]): void {
    const length = end - start;
    this.#start = start;
    this.#length = length;
    const kept: number[] = [];
    for (const at of values) kept.push(at - start);
    kept.push(length, length);
    this.#values = kept;
  }

  forget(): void {
    this.#length = 0;
  }

  /** How far behind the part that was kept the one at `start` is, which is like it; undefined when it is not. */
  distance(start: number): number | undefined {
    const reply = this.#reply;
    const before = this.#start;
    const length = this.#length;
    if (length === 0 || start + length > reply.byteLength) return undefined;
    const last = length - 8;
    for (let at = 0; at < last; at += 8) {
      // Of text, eight bytes are never zero and no NaN: equal numbers are equal bytes.
      if (reply.getFloat64(start + at, true) === reply.getFloat64(before + at, true)) continue;
      if (!this.#isAlike(start, at) || !this.#isAlike(start, at + 4)) return undefined;
    }
    if (!this.#isAlike(start, last) || !this.#isAlike(start, last + 4)) return undefined;
    this.#start = start;
    return start - before;
  }

  /** Whether four bytes of the part at `start` are those that were kept, or other text within a value. */
  #isAlike(start: number, at: number): boolean {
    const word = this.#reply.getInt32(start + at, true);
    const differs = word ^ this.#reply.getInt32(this.#start + at, true);
    if (differs === 0) return true;
    const values = this.#values;
    let value = 0;
    while ((values[value + 1] ?? this.#length) <= at) value += 2;
    const free = maskOf(at, values[value] ?? this.#length, values[value + 1] ?? this.#length);
    return (differs & ~free) === 0 && isText(word | (~free & 0x2020_2020));
  }
}

/** Of the four bytes at `at` those from `begin` to `end`, which is behind `at`. */
function maskOf(at: number, begin: number, end: number): number {
  const before = Math.max(0, begin - at);
  const after = Math.max(0, at + 4 - end);
  return before > 3 ? 0 : (-1 << (8 * before)) & (-1 >>> (8 * after));
}

/** Whether four bytes are characters of ASCII that a value may hold; a tab, which it may hold too, is not looked for. */
function isText(word: number): boolean {
  return ((word | (word - 0x2020_2020) | (word + 0x0101_0101)) & TOP_BITS) === 0;
}
