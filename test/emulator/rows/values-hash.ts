/** A hash of the values that an operation carried, in whatever order it named them: 64 bits as hexadecimal text. */
import { wordText } from "../core/guid-words.ts";
import type { Stored } from "./values.ts";

/** One value's two lanes; they are summed over all values, so that the order of columns does not matter. */
const lanes = new Uint32Array(2);
const mark = 0x10000;

/** Not cryptographic: among millions of effects an accidental repetition on one row is out of the question, and nobody forges one. */
export function valuesHash(
  sent: readonly { readonly column: { readonly name: string }; readonly value: Stored }[],
): string {
  let [first, second] = [sent.length, 0];
  for (const { column, value } of sent) {
    [lanes[0], lanes[1]] = [0x811c9dc5, 0x9e3779b9];
    absorb(column.name);
    if (value !== null && typeof value === "object") {
      absorb(value.table);
      absorb(value.id);
    } else if (value !== null) {
      absorb(typeof value === "string" ? value : String(value));
    }
    first = (first + mixed(lanes[0] ?? 0)) >>> 0;
    second = (second + mixed((lanes[1] ?? 0) ^ (lanes[0] ?? 0))) >>> 0;
  }
  return wordText(mixed(first ^ second)) + wordText(mixed(second));
}

/** Two multiplicative hashes over the UTF-16 units, closed by a mark that no text holds. */
function absorb(text: string): void {
  let [first, second] = [lanes[0] ?? 0, lanes[1] ?? 0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second + unit, 0x85ebca6b);
    second ^= second >>> 15;
  }
  lanes[0] = Math.imul(first ^ mark, 0x01000193);
  lanes[1] = Math.imul(second + mark, 0x85ebca6b);
}

/** Every bit of the input reaches every bit of the result. */
export function mixed(word: number): number {
  let bits = word >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** 32 bits of one text. */
export function textHash(text: string): number {
  [lanes[0], lanes[1]] = [0x811c9dc5, 0x9e3779b9];
  absorb(text);
  return mixed((lanes[0] ?? 0) ^ (lanes[1] ?? 0));
}
