import { describe, expect, it, vi } from "vitest";
import { KeyOrder } from "../../../../server/publish/order/key-order.ts";
import { KeySet, keysMax } from "../../../../server/publish/order/key-set.ts";

describe("KeyOrder", () => {
  it("grants a key once and hands it on in the order in which it was asked for", () => {
    const keys = new KeyOrder<string>();
    expect(["a", "b", "c"].map((row) => keys.claim(1, row))).toEqual(["granted", "held", "held"]);
    expect(keys.held).toBe(2);
    expect([keys.release(1), keys.release(1), keys.release(1)]).toEqual(["b", "c", undefined]);
    expect(keys.held).toBe(0);
    expect(keys.claim(1, "d")).toBe("granted");
  });

  it("shows those that wait behind a row", () => {
    const keys = new KeyOrder<string>();
    for (const row of ["a", "b", "c"]) keys.claim(1, row);
    expect([keys.behind(1), keys.behind(2)]).toEqual([["b", "c"], []]);
  });

  it("holds a newcomer behind the row that was handed the key", () => {
    const keys = new KeyOrder<string>();
    keys.claim(1, "a");
    keys.claim(1, "b");
    keys.release(1);
    expect(keys.claim(1, "c")).toBe("held");
    expect(keys.release(1)).toBe("c");
  });

  it("keeps keys apart", () => {
    const keys = new KeyOrder<string>();
    keys.claim(1, "a");
    expect(keys.claim(2, "b")).toBe("granted");
    expect(keys.release(2)).toBeUndefined();
    expect(keys.claim(1, "c")).toBe("held");
  });

  it("hands back those that waited behind a row that may be replayed, and blocks all that come", () => {
    const keys = new KeyOrder<string>();
    for (const row of ["a", "b", "c"]) keys.claim(1, row);
    keys.claim(2, "x");
    keys.claim(2, "y");
    expect(keys.block(1)).toEqual(["b", "c"]);
    expect(keys.held).toBe(1);
    expect(keys.release(1)).toBeUndefined();
    expect(keys.claim(1, "d")).toBe("blocked");
    expect(keys.claim(2, "z")).toBe("held");
  });

  it("blocks a key behind which nobody waits, and one that nobody holds", () => {
    const keys = new KeyOrder<string>();
    keys.claim(1, "a");
    expect(keys.block(1)).toEqual([]);
    expect(keys.block(2)).toEqual([]);
    expect([keys.claim(1, "b"), keys.claim(2, "c")]).toEqual(["blocked", "blocked"]);
    expect(keys.release(1)).toBeUndefined();
  });

  it("counts every key as blocked rather than remember blocked keys without end", () => {
    const keys = new KeyOrder<string>();
    keys.claim(1, "a");
    keys.claim(1, "b");
    vi.spyOn(KeySet.prototype, "size", "get").mockReturnValue(keysMax);
    expect(keys.block(1)).toEqual(["b"]);
    expect([keys.claim(1, "c"), keys.claim(2, "d")]).toEqual(["blocked", "blocked"]);
  });

  it("gives up all that wait and keeps those under way", () => {
    const keys = new KeyOrder<string>();
    for (const row of ["a", "b", "c"]) keys.claim(1, row);
    for (const row of ["x", "y"]) keys.claim(2, row);
    keys.claim(3, "alone");
    expect(keys.drain()).toEqual(["b", "c", "y"]);
    expect(keys.held).toBe(0);
    expect(keys.drain()).toEqual([]);
    expect(keys.release(1)).toBeUndefined();
    expect(keys.claim(2, "z")).toBe("held");
  });
});
