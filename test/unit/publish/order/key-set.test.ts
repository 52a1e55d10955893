import { describe, expect, it } from "vitest";
import { KeySet } from "../../../../server/publish/order/key-set.ts";

describe("KeySet", () => {
  it("holds a key once", () => {
    const keys = new KeySet();
    expect([keys.add(7), keys.add(7)]).toEqual([true, false]);
    expect(keys.size).toBe(1);
    expect(keys.has(7)).toBe(true);
    expect(keys.has(8)).toBe(false);
  });

  it("holds zero and the greatest hash", () => {
    const keys = new KeySet();
    expect(keys.has(0)).toBe(false);
    for (const key of [0, 2 ** 53 - 1]) keys.add(key);
    expect([keys.has(0), keys.has(2 ** 53 - 1), keys.size]).toEqual([true, true, 2]);
  });

  it("tells keys apart that fall into the same slot, past the end of the table too", () => {
    const keys = new KeySet();
    const same = [1023, 1023 + 1024, 1023 + 2048, 2 ** 32 * 1023];
    for (const key of same.slice(0, 3)) keys.add(key);
    expect(same.map((key) => keys.has(key))).toEqual([true, true, true, false]);
  });

  it("finds the keys behind one that was taken out of their row, past the end of the table too", () => {
    const keys = new KeySet();
    const row = [1023, 1023 + 1024, 0, 1023 + 2048, 1];
    for (const key of row) keys.add(key);
    for (const [i, key] of row.entries()) {
      keys.delete(key);
      expect(row.map((one) => keys.has(one))).toEqual(row.map((_, j) => j > i));
    }
    expect(keys.size).toBe(0);
  });

  it("keeps its keys while it grows", () => {
    const keys = new KeySet();
    const all = Array.from({ length: 5000 }, (_, i) => i * 1_000_003);
    for (const key of all) keys.add(key);
    expect(keys.size).toBe(5000);
    expect(all.every((key) => keys.has(key))).toBe(true);
    expect(all.some((key) => keys.has(key + 1))).toBe(false);
  });
});
