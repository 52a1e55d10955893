import { describe, expect, it } from "vitest";
import { LateWrites, lateMs } from "../../../../server/publish/order/late-writes.ts";

describe("LateWrites", () => {
  it("holds a key until the cut-off write can land no more", () => {
    const late = new LateWrites();
    late.note(7, 1000);
    expect(late.until(7, 1000)).toBe(1000 + lateMs);
    expect(late.until(7, 1000 + lateMs - 1)).toBe(1000 + lateMs);
    expect(late.until(7, 1000 + lateMs)).toBe(0);
    expect(late.until(8, 1000)).toBe(0);
  });

  it("waits for the later of two writes of a key", () => {
    const late = new LateWrites();
    late.note(7, 1000);
    late.note(7, 5000);
    expect(late.until(7, 5000)).toBe(5000 + lateMs);
  });

  it("waits for the later of two writes also when the earlier is heard of last", () => {
    const late = new LateWrites();
    late.note(7, 80_000);
    late.note(7, 1000);
    expect(late.until(7, 1000 + lateMs)).toBe(80_000 + lateMs);
  });

  it("makes every key wait when it can hold no more of them", () => {
    const late = new LateWrites();
    for (let key = 0; key < 100_000; key++) late.note(key, 1000);
    expect(late.until(-5, 1000)).toBe(0);
    late.note(100_000, 2000);
    expect(late.until(-5, 2000)).toBe(2000 + lateMs);
    late.note(100_001, 1500);
    expect(late.until(-5, 2000)).toBe(2000 + lateMs);
    expect(late.until(-5, 2000 + lateMs)).toBe(0);
  });

  it("takes news of a key it holds when it is full", () => {
    const late = new LateWrites();
    for (let key = 0; key < 100_000; key++) late.note(key, 1000);
    late.note(3, 9000);
    expect(late.until(3, 9000)).toBe(9000 + lateMs);
    expect(late.until(-5, 9000)).toBe(0);
  });

  it("has room again when old writes have passed, and forgets no other", () => {
    const late = new LateWrites();
    for (let key = 0; key < 100_000; key++) late.note(key, key < 50_000 ? 1000 : 2000);
    late.note(0, 2000);
    late.note(-5, 1000 + lateMs);
    expect(late.until(-6, 1000 + lateMs)).toBe(0);
    expect(late.until(0, 1000 + lateMs)).toBe(2000 + lateMs);
    expect(late.until(99_999, 1000 + lateMs)).toBe(2000 + lateMs);
  });

  it("holds nothing any more when all have passed, and asks for no look at the clock", () => {
    const late = new LateWrites();
    expect(late.none).toBe(true);
    for (let key = 0; key <= 100_000; key++) late.note(key, 1000 + key);
    expect([late.until(5, 101_000 + lateMs - 1), late.none]).toEqual([101_000 + lateMs, false]);
    expect([late.until(5, 101_000 + lateMs), late.none]).toEqual([0, true]);
  });
});
