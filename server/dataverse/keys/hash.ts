/** The hash by which keys are known: 53 bits, so that it is a number that equals only itself. */

/** 53-bit hash of bytes [start, end): never negative, the same in every process. */
export function hashBytes(bytes: DataView, start: number, end: number): number {
  let low = 0x9e3779b9 ^ (end - start);
  let high = 0x85ebca6b;
  for (let at = start; at < end; at += 4) {
    const word = at + 4 <= end ? bytes.getInt32(at, true) : tailOf(bytes, at, end);
    low = Math.imul(low ^ word, 0x7feb352d);
    low ^= low >>> 15;
    high = Math.imul((high << 5) | (high >>> 27), 0x2c1b3c6d) ^ word;
  }
  low = mix(low ^ (high >>> 15));
  high = mix(high ^ low);
  return (high >>> 11) * 4_294_967_296 + (low >>> 0);
}

/** What lies behind the end counts as zero: the length is part of the hash. */
function tailOf(bytes: DataView, at: number, end: number): number {
  let word = 0;
  for (let i = end - 1; i >= at; i--) word = (word << 8) | bytes.getUint8(i);
  return word;
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
