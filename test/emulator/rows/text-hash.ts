/** Hashes of 32 bits for tables in memory. */

/** Closes each text: no UTF-16 unit is so large. */
const mark = 0x10000;

export function textHash(text: string): number {
  let bits = 0x811c9dc5;
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
