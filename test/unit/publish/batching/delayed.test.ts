import { describe, expect, it } from "vitest";
import { Delayed } from "../../../../server/publish/batching/delayed.ts";

describe("Delayed", () => {
  it("keeps a thing back until its time has come, and no longer", () => {
    const delayed = new Delayed<string>();
    delayed.add(10, "a");
    expect(delayed.due(9)).toBeUndefined();
    expect(delayed.due(10)).toBe("a");
    expect(delayed.due(10)).toBeUndefined();
  });

  it("names the earliest time", () => {
    const delayed = new Delayed<string>();
    expect(delayed.next).toBeUndefined();
    delayed.add(10, "a");
    delayed.add(5, "b");
    expect(delayed.next).toBe(5);
    expect(delayed.size).toBe(2);
  });

  it("lets things of the same time go in the order they came", () => {
    const delayed = new Delayed<number>();
    for (let i = 0; i < 20; i++) delayed.add(1, i);
    expect(Array.from({ length: 20 }, () => delayed.due(1))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("gives everything up at once, due or not", () => {
    const delayed = new Delayed<string>();
    delayed.add(10, "a");
    delayed.add(Number.POSITIVE_INFINITY, "b");
    expect(new Set(delayed.drain())).toEqual(new Set(["a", "b"]));
    expect(delayed.size).toBe(0);
    expect(delayed.next).toBeUndefined();
  });
});
