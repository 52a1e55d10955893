/** A hash of the values that an operation carried, in whatever order it named them: 64 bits as hexadecimal text. */
import { wordText } from "../core/guid-words.ts";
import type { Codec } from "./codec.ts";
import { mixed, textHash } from "./text-hash.ts";
import type { Stored } from "./values.ts";

const seeds = new Map<string, number>();

/**
 * Of some of a row's values, over their packed bytes. Not cryptographic: among millions of effects an accidental repetition
 * on one row is out of the question, and nobody forges one.
 */
export function valuesHash(
  codec: Codec,
  values: readonly Stored[],
  columns: readonly { readonly name: string; readonly ordinal: number }[],
): string {
  codec.encode(values);
  const { bytes, starts, ends } = codec;
  let first = columns.length;
  let second = 0;
  // Summed, so that the order of columns does not matter.
  for (const { name, ordinal } of columns) {
    const end = ends[ordinal] ?? 0;
    let one = seedOf(name);
    let other = ~one;
    // Bytes behind the value are another value's.
    for (let at = starts[ordinal] ?? 0; at < end; at += 4) {
      const word = wordAt(bytes, at) & (end - at < 4 ? (1 << (8 * (end - at))) - 1 : -1);
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

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
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
