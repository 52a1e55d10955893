/** Seeded chance: the same seed gives the same servers, ids and request ids in the same order. */

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
  const hex = (): string => word().toString(16).padStart(8, "0");
  return {
    next: () => word() / 2 ** 32,
    guid() {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}
