import { describe, expect, it } from "vitest";
import { hashBytes } from "../../../../server/dataverse/keys/hash.ts";

function viewOf(text: string): DataView {
  return new DataView(Uint8Array.from(Buffer.from(text)).buffer);
}

describe("hashBytes", () => {
  it("is a safe integer, never negative, and the same for ever", () => {
    expect(hashBytes(viewOf("a-17b"), 0, 5)).toBe(6317761115279258);
    expect(hashBytes(viewOf("xa-17bx"), 1, 6)).toBe(6317761115279258);
    expect(hashBytes(viewOf(""), 0, 0)).toBeGreaterThanOrEqual(0);
  });

  it("has no collision among a hundred thousand numbered keys", () => {
    const hashes = new Set<number>();
    for (let i = 0; i < 100_000; i++) {
      const bytes = viewOf(`customer#${String(i).padStart(9, "0")}`);
      const hash = hashBytes(bytes, 0, bytes.byteLength);
      if (!Number.isSafeInteger(hash) || hash < 0) throw new Error(`not 53 bits: ${hash}`);
      hashes.add(hash);
    }
    expect(hashes.size).toBe(100_000);
  });
});
