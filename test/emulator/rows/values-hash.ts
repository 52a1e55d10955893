/** A hash of the values that an operation carried, in whatever order it named them: 64 bits as hexadecimal text. */
import { wordText } from "../core/guid-words.ts";
import type { Stored } from "./values.ts";

/** Two independent starts, and what closes each text: no UTF-16 unit is so large. */
const firstSeed = 0x811c9dc5;
const secondSeed = 0x9e3779b9;
const mark = 0x10000;

/** Not cryptographic: among millions of effects an accidental repetition on one row is out of the question, and nobody forges one. */
export function valuesHash(
  sent: readonly { readonly column: { readonly name: string }; readonly value: Stored }[],
): string {
  let first = sent.length;
  let second = 0;
  // Summed, so that the order of columns does not matter.
  for (const { column, value } of sent) {
    const text = value === null ? "" : typeof value === "object" ? `${value.table} ${value.id}` : String(value);
    const start = value === null ? 0 : 1;
    const name = textHash(column.name, firstSeed + start);
    first = (first + textHash(text, name)) | 0;
    second = (second + textHash(text, name ^ secondSeed)) | 0;
  }
  return wordText(mixed(first ^ second)) + wordText(mixed(second));
}

/** 32 bits of a text. */
export function textHash(text: string, seed = firstSeed): number {
  let bits = seed | 0;
  for (let at = 0; at < text.length; at += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(at), 0x5bd1e995);
    bits ^= bits >>> 15;
  }
  return mixed(bits ^ mark);
}

/** Every bit of the input reaches every bit of the result. */
export function mixed(word: number): number {
  let bits = word | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
