/** Seeded chance: the same seed gives the same servers, ids and request ids in the same order. */
import { guidText } from "./guid-words.ts";

export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** A GUID in lower case. */
  guid(): string;
}

/** Mulberry32: 32 bits of state are enough for a test double and cost a few nanoseconds. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const words = new Uint32Array(4);
  return {
    next: () => word() / 2 ** 32,
    guid() {
      words[0] = word();
      words[1] = (word() & 0xffff0fff) | 0x4000;
      words[2] = (word() & 0x0fffffff) | 0xa0000000;
      words[3] = word();
      return guidText(words, 0);
    },
  };
}
