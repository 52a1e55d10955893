/** A hash of the values that an operation carried, in whatever order it named them: 64 bits as hexadecimal text. */
import { wordText } from "../core/guid-words.ts";
import { Codec } from "./codec.ts";
import { mixed, textHash } from "./text-hash.ts";
import type { Stored } from "./values.ts";

const codec = new Codec();
let bytes = codec.bytes;
let words = new Int32Array(bytes.buffer);
const seeds = new Map<string, number>();

/** Not cryptographic: among millions of effects an accidental repetition on one row is out of the question, and nobody forges one. */
export function valuesHash(
  sent: readonly { readonly column: { readonly name: string }; readonly value: Stored }[],
): string {
  let first = sent.length;
  let second = 0;
  // Summed, so that the order of columns does not matter.
  for (const { column, value } of sent) {
    const count = wordsOf(value);
    let one = seedOf(column.name);
    let other = ~one;
    for (let at = 0; at < count; at += 1) {
      const word = words[at] ?? 0;
      one = Math.imul(one ^ word, 0x5bd1e995);
      one ^= one >>> 15;
      other = Math.imul(other + word, 0x9e3779b1);
      other ^= other >>> 13;
    }
    first = (first + mixed(one)) | 0;
    second = (second + mixed(other)) | 0;
  }
  return wordText(mixed(first ^ second)) + wordText(mixed(second));
}

/** The value's bytes, which hold its length, are then in `words`: so many of them. */
function wordsOf(value: Stored): number {
  // The codec numbers tables in the order in which it meets them; a hash must not depend on that.
  const length = codec.encode([typeof value === "object" && value !== null ? `${value.table} ${value.id}` : value]);
  if (codec.bytes !== bytes) {
    bytes = codec.bytes;
    words = new Int32Array(bytes.buffer);
  }
  bytes[length] = 0;
  bytes[length + 1] = 0;
  bytes[length + 2] = 0;
  return (length + 3) >>> 2;
}

/** Column names are a small and closed set. */
function seedOf(name: string): number {
  let seed = seeds.get(name);
  if (seed === undefined) {
    seed = textHash(name);
    seeds.set(name, seed);
  }
  return seed;
}
