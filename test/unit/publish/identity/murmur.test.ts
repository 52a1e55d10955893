import { describe, expect, it } from "vitest";
import { murmur128 } from "../../../../server/publish/identity/murmur.ts";

function digest(bytes: Uint8Array, seed: number): Uint32Array {
  const words = new Uint32Array(4);
  murmur128(bytes, bytes.length, seed, words);
  return words;
}

function hex(text: string, seed: number): string {
  return [...digest(Buffer.from(text, "utf8"), seed)].map((word) => word.toString(16).padStart(8, "0")).join("");
}

describe("murmur128", () => {
  it("gives the verification value of SMHasher for MurmurHash3_x86_128", () => {
    // Keys {}, {0}, {0,1}, … of 0 to 255 bytes, each with the seed 256 - length; then the hash of all the hashes.
    const digests = new DataView(new ArrayBuffer(256 * 16));
    for (let length = 0; length < 256; length++) {
      const key = Uint8Array.from({ length }, (_, i) => i);
      for (const [i, word] of digest(key, 256 - length).entries()) digests.setUint32(length * 16 + i * 4, word, true);
    }
    expect(digest(new Uint8Array(digests.buffer), 0)[0]).toBe(0xb3ece62a);
  });

  it.each([
    ["", 0, "00000000000000000000000000000000"],
    ["Hello", 0, "2360ae465e6336c6ad45b3f4ad45b3f4"],
    ["My string.", 0, "ca7923d5ac241973eb7c1c181cd7a4d1"],
    ["Hello, world!", 123, "61c9129e5a1aacd7a41621629e37c886"],
    ["Hello, world!", 321, "d5fbdcb3c26c4193045880c5a7170f0f"],
    ["xxxxxxxxxxxxxxxxxxxxxxxxxxxx", 123, "5e40bab278825a164cf929d31fec6047"],
  ])("gives the published value for %j with seed %d", (text, seed, expected) => {
    expect(hex(text, seed)).toBe(expected);
  });

  it("reads no byte past the length it was told", () => {
    const words = new Uint32Array(4);
    murmur128(Buffer.from("Hello, world"), 5, 0, words);
    expect(words).toEqual(digest(Buffer.from("Hello"), 0));
  });

  it("reads no byte past any length, in whole words and in each tail", () => {
    for (let length = 0; length <= 64; length++) {
      const key = Uint8Array.from({ length: 80 }, (_, i) => (i < length ? 200 - i : 0xff));
      const words = new Uint32Array(4);
      murmur128(key, length, length, words);
      expect(words).toEqual(digest(key.slice(0, length), length));
    }
  });

  it("takes bytes that are told but not there for zeros", () => {
    const words = new Uint32Array(4);
    for (const length of [24, 27, 32]) {
      murmur128(Buffer.from("Hello"), length, 0, words);
      expect(words).toEqual(digest(Buffer.from("Hello".padEnd(length, "\0")), 0));
    }
  });
});
